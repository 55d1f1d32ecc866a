import FoundationEssentials

/// What a definition's `valueFrom` names: a parameter by its name or ARN, or a secret of Secrets
/// Manager's by its ARN, and of that maybe one member.
struct SecretReference: Hashable, Sendable {
    /// What a provider is asked for: the `valueFrom` without what only chooses a part of the value.
    let id: String
    /// Where its file lies below the operator's folder, the first that there is.
    let paths: [String]
    /// The member of a value that is a JSON object.
    let key: String?

    /// - Throws: a sentence on what it asks for that can't be had.
    init(_ valueFrom: String) throws(SecretProblem) {
        guard !valueFrom.isEmpty else { throw SecretProblem("its valueFrom is empty") }
        let parts = valueFrom.split(separator: ":", omittingEmptySubsequences: false)
            .map { String($0) }
        guard parts[0] == "arn" else {
            // A parameter's name.
            id = valueFrom
            paths = [Self.relative(valueFrom)]
            key = nil
            return
        }
        guard parts.count >= 6 else { throw SecretProblem("\(valueFrom) is not a whole ARN") }
        switch parts[2] {
        case "ssm" where parts.count == 6 && parts[5].hasPrefix("parameter"):
            id = valueFrom
            paths = [Self.relative(String(parts[5].dropFirst("parameter".count)))]
            key = nil
        case "secretsmanager" where parts.count >= 7 && parts[5] == "secret":
            guard parts.count <= 10 else {
                throw SecretProblem("\(valueFrom) has more parts than a secret's ARN")
            }
            guard parts.dropFirst(8).allSatisfy(\.isEmpty) else {
                throw SecretProblem(
                    "\(valueFrom) asks for a version, and this worker has only the present one: "
                        + "leave version stage and id empty")
            }
            id = parts[..<7].joined(separator: ":")
            paths = [parts[6], Self.withoutSuffix(parts[6])]
            key = parts.count > 7 && !parts[7].isEmpty ? parts[7] : nil
        default:
            throw SecretProblem(
                "\(valueFrom) is neither a secret of Secrets Manager nor a parameter")
        }
    }

    private static func relative(_ name: String) -> String {
        name.hasPrefix("/") ? String(name.dropFirst()) : name
    }

    /// A secret's name: AWS appends a hyphen and six characters to it in its ARN. In an ARN
    /// without them `db-passwd` must not be the file of `db`, so that what may be a word is none:
    /// of AWS's suffixes one in two hundred has small letters alone, and its file the whole name.
    private static func withoutSuffix(_ name: String) -> String {
        let suffix = name.suffix(7)
        let isSuffix =
            suffix.count == 7 && suffix.first == "-"
            && suffix.dropFirst().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            && !suffix.dropFirst().allSatisfy(\.isLowercase)
        return isSuffix ? String(name.dropLast(7)) : name
    }

    /// What a provider's answer means: all of it, or a member.
    func value(in bytes: [UInt8]) throws(SecretProblem) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw SecretProblem("its value is not text")
        }
        guard let key else { return text }
        guard let object = try? JSONDecoder().decode([String: Member].self, from: Data(bytes))
        else { throw SecretProblem("its value is no JSON object, of which \(key) is asked for") }
        guard let member = object[key]?.text else {
            throw SecretProblem("its value has no member \(key) that is a text, number or boolean")
        }
        return member
    }

    /// A member of a JSON object as a variable holds it.
    private struct Member: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self.text = text
            } else if let flag = try? value.decode(Bool.self) {
                text = flag ? "true" : "false"
            } else if let number = try? value.decode(Int64.self) {
                text = String(number)
            } else if let number = try? value.decode(Double.self) {
                text = String(number)
            }
        }
    }
}

/// Why a secret can't be had: the end of a sentence, without any value.
struct SecretProblem: Error, Hashable {
    var text: String

    init(_ text: String) { self.text = text }
}
