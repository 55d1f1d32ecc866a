import Foundation
import Model

extension Parse {
    /// `rack=a1,ssd`, a JSON object as in `ECS_INSTANCE_ATTRIBUTES`, or a map of the file.
    static func attributes(_ raw: RawValue) throws(Complaint) -> [Attribute] {
        let attributes: [Attribute]
        switch raw {
        case .pairs(let pairs):
            attributes = pairs.map { Attribute(name: $0.name, value: $0.value) }
        case .text(let text) where text.drop(while: \.isWhitespace).hasPrefix("{"):
            guard
                let object = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
            else {
                throw Complaint(#"a JSON object of texts is expected, such as {"rack": "a1"}."#)
            }
            attributes = object.sorted { $0.key < $1.key }
                .map { Attribute(name: $0.key, value: $0.value) }
        case .text, .list:
            attributes = try list(raw).map { item in
                let parts = item.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return Attribute(
                    name: String(parts[0]), value: parts.count == 2 ? String(parts[1]) : nil)
            }
        }
        for attribute in attributes { try check(attribute) }
        return attributes
    }

    /// The attribute of a worker's group.
    static func group(_ raw: RawValue) throws(Complaint) -> Attribute {
        let group = Attribute(name: CapacityProvider.groupAttribute, value: try text(raw))
        try check(group)
        return group
    }

    /// The bounds that ECS sets (Developer Guide, "Adding an attribute").
    private static func check(_ attribute: Attribute) throws(Complaint) {
        let name = attribute.name
        guard (1...128).contains(name.utf8.count),
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_/\\.".contains($0)) })
        else {
            throw Complaint(
                "'\(name)' is no attribute name. Use 1 to 128 letters, digits and - _ / \\ .")
        }
        guard let value = attribute.value else { return }
        guard (1...128).contains(value.utf8.count), value.first != " ", value.last != " ",
            value.allSatisfy({
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_/\\.@: ".contains($0))
            })
        else {
            throw Complaint(
                "'\(value)' is no value for the attribute \(name). Use 1 to 128 letters, digits, "
                    + "spaces and - _ / \\ . @ :")
        }
    }

    /// The form that `--attributes` takes.
    static func text(_ attributes: [Attribute]) -> String {
        attributes.map { attribute in
            attribute.value.map { "\(attribute.name)=\($0)" } ?? attribute.name
        }.joined(separator: ",")
    }
}
