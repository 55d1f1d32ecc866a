/// The shapes of the ECS service model, generated into `Generated`, and what they are made of.
///
/// Every member is optional: what the model requires, ``Checked`` checks, so that the error says
/// what is missing where.
enum ECS {}

/// An enum of the model. A value that it does not have is a violation that names the ones it has.
protocol ModelEnum: RawRepresentable<String>, CaseIterable, JSONReadable, JSONWritable, Sendable {}

extension ModelEnum {
    init(from json: inout JSONReader) throws(RequestFault) {
        let text = try json.string()
        guard let value = Self(rawValue: text) else {
            let values = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw .violation(
                Violation(
                    path: json.place, value: "'\(text.prefix(64))'",
                    constraint: "satisfy enum value set: [\(values)]"))
        }
        self = value
    }

    func write(to json: inout JSONWriter) { json.string(rawValue) }
}
