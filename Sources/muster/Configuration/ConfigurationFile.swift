import Foundation
import Yams

/// A YAML file of settings, named like the flags:
///
///     cluster: production
///     lease: 5s
///     manager: [10.0.0.1:4567, 10.0.0.2:4567]
///     attributes: {rack: a1, ssd: "true"}
struct ConfigurationFile: Equatable, Sendable {
    var path: String
    var values: [String: RawValue]

    /// - Parameter keys: All that may be in the file.
    /// - Throws: ``Failure`` when it can't be read, is not YAML, or has a key not in `keys`.
    init(path: String, keys: [Key]) throws(Failure) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(
                .noInput,
                "The configuration file \(path) can't be read. Check its name and its permissions.")
        }
        try self.init(path: path, text: text, keys: keys)
    }

    init(path: String, text: String, keys: [Key]) throws(Failure) {
        self.path = path
        values = [:]
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Failure(.configuration, "\(path) is not YAML: \(error)")
        }
        guard let root, root.null == nil else { return }
        guard let mapping = root.mapping else {
            throw Failure(.configuration, "\(path): a list of `name: value` lines is expected.")
        }
        for (name, value) in mapping {
            let name = name.string ?? ""
            guard keys.contains(where: { $0.name == name }) else {
                let known = keys.map(\.name).sorted().joined(separator: ", ")
                throw Failure(
                    .configuration, "\(path): there is no setting '\(name)'. There are: \(known).")
            }
            guard let raw = RawValue(value) else {
                throw Failure(
                    .configuration,
                    "\(path): \(name): a value, a list of values or a map of values is expected.")
            }
            values[name] = raw
        }
    }
}

extension RawValue {
    /// Scalars keep their text as written, so that `012` stays three digits; `nil` for what is
    /// nested deeper than a list or map.
    fileprivate init?(_ node: Node) {
        switch node {
        case .scalar(let scalar):
            self = .text(scalar.string)
        case .sequence(let sequence):
            let items = sequence.compactMap(\.scalar?.string)
            guard items.count == sequence.count else { return nil }
            self = .list(items)
        case .mapping(let mapping):
            let pairs = mapping.compactMap { name, value -> Pair? in
                guard let name = name.scalar?.string, let value = value.scalar?.string else {
                    return nil
                }
                return Pair(name: name, value: value)
            }
            guard pairs.count == mapping.count else { return nil }
            self = .pairs(pairs)
        case .alias:
            return nil
        }
    }
}
