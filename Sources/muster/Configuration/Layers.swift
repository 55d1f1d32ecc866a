/// A setting: what it is called in each place that it can come from.
struct Key: Hashable, Sendable {
    /// The flag without its dashes, and the name in a configuration file.
    let name: String
    /// Environment variables, the first that is set counts.
    let environment: [String]

    init(_ name: String, _ environment: String...) {
        self.name = name
        self.environment = environment
    }
}

/// A setting's value before it is understood.
enum RawValue: Equatable, Sendable {
    case text(String)
    case list([String])
    /// Names and values in the order of the file.
    case pairs([Pair])

    struct Pair: Equatable, Sendable {
        var name: String
        var value: String
    }

    init(_ flag: Bool) {
        self = .text(flag ? "true" : "false")
    }
}

/// Why a value can't be understood, and what would be.
struct Complaint: Error, Equatable {
    var text: String

    init(_ text: String) {
        self.text = text
    }
}

/// Where settings come from: flags win over the environment, that over the configuration file, that
/// over the default. A setting is taken whole from one place; lists are not merged.
struct Layers: Sendable {
    var flags: [Key: RawValue] = [:]
    var environment: [String: String] = [:]
    var file: ConfigurationFile?

    /// The value that counts, understood by `parse`; `nil` when no layer has one.
    ///
    /// - Throws: ``Failure`` that names the flag, variable or line of the file that is wrong.
    func value<Value>(
        _ key: Key, _ parse: (RawValue) throws(Complaint) -> Value
    ) throws(Failure) -> Value? {
        guard let (raw, place, code) = find(key) else { return nil }
        do {
            return try parse(raw)
        } catch {
            throw Failure(code, "\(place): \(error.text)")
        }
    }

    private func find(_ key: Key) -> (RawValue, place: String, Failure.Code)? {
        if let value = flags[key] { return (value, "--\(key.name)", .usage) }
        // An empty variable is as good as none: that is how scripts unset what they inherit.
        for name in key.environment {
            if let value = environment[name], !value.isEmpty {
                return (.text(value), "environment variable \(name)", .usage)
            }
        }
        guard let file, let value = file.values[key.name] else { return nil }
        return (value, "\(file.path): \(key.name)", .configuration)
    }
}

extension Layers {
    /// - Parameter flags: As they were typed; `nil` for one that was not.
    init(flags: [Key: String?], environment: [String: String]) {
        self.flags = flags.compactMapValues { $0.map { .text($0) } }
        self.environment = environment
    }

    /// Adds the configuration file that the flags or the environment name, if they do.
    ///
    /// - Parameter keys: All that may be in it.
    mutating func readFile(named key: Key, keys: [Key]) throws(Failure) {
        if let path = try value(key, Parse.text) {
            file = try ConfigurationFile(path: path, keys: keys)
        }
    }
}
