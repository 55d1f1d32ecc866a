import Model

/// A text of names, values and lists, as YAML and JSON have it, whoever read it.
public indirect enum Tree: Hashable, Sendable {
    case text(String)
    case list([Tree])
    /// In their order; a reader refuses doubled names.
    case members([Member])

    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: Tree

        public init(_ name: String, _ value: Tree) {
            self.name = name
            self.value = value
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var list: [Tree]? { if case .list(let list) = self { list } else { nil } }
    var members: [Member]? { if case .members(let members) = self { members } else { nil } }
}

/// The members of one mapping, each read by its name, all others refused.
struct Fields {
    /// Where it stands, such as `schedule[2]`.
    let place: String
    private let nodes: [String: Tree]

    init(_ node: Tree, _ place: String, _ known: [String]) throws(ScenarioFault) {
        guard let members = node.members else {
            throw ScenarioFault(place, "A list of `name: value` lines is expected.")
        }
        self.place = place
        var nodes: [String: Tree] = [:]
        for member in members {
            guard known.contains(member.name) else {
                throw ScenarioFault(
                    place,
                    "There is no '\(member.name)'. There are: \(known.joined(separator: ", ")).")
            }
            guard nodes.updateValue(member.value, forKey: member.name) == nil else {
                throw ScenarioFault(place, "'\(member.name)' is there twice.")
            }
        }
        self.nodes = nodes
    }

    func has(_ name: String) -> Bool { nodes[name] != nil }

    /// Refuses a member that has no meaning here.
    func allow(_ name: String, isFit: Bool, _ reason: String) throws(ScenarioFault) {
        if has(name), !isFit { throw ScenarioFault(at(name), reason) }
    }

    private func at(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

    private func needed<Value>(_ value: Value?, _ name: String) throws(ScenarioFault) -> Value {
        guard let value else { throw ScenarioFault(at(name), "It is missing.") }
        return value
    }

    // MARK: Values

    func textIfThere(_ name: String) throws(ScenarioFault) -> String? {
        guard let node = nodes[name] else { return nil }
        guard let text = node.text, !text.isEmpty else {
            throw ScenarioFault(at(name), "A text is expected.")
        }
        return text
    }

    func text(_ name: String) throws(ScenarioFault) -> String {
        try needed(try textIfThere(name), name)
    }

    func numberIfThere(
        _ name: String, _ range: ClosedRange<Int>
    ) throws(ScenarioFault) -> Int? {
        guard let text = try textIfThere(name) else { return nil }
        return try number(text, range, at(name))
    }

    func number(_ name: String, _ range: ClosedRange<Int>) throws(ScenarioFault) -> Int {
        try needed(try numberIfThere(name, range), name)
    }

    private func number(
        _ text: String, _ range: ClosedRange<Int>, _ place: String
    ) throws(ScenarioFault) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw ScenarioFault(
                place,
                "'\(text)' is no number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Milliseconds.
    func spanIfThere(_ name: String) throws(ScenarioFault) -> Int64? {
        guard let text = try textIfThere(name) else { return nil }
        return try span(text, at(name))
    }

    func span(_ name: String) throws(ScenarioFault) -> Int64 {
        try needed(try spanIfThere(name), name)
    }

    /// Milliseconds, and more than none.
    func lasting(_ name: String) throws(ScenarioFault) -> Int64 {
        let span = try span(name)
        guard span > 0 else { throw ScenarioFault(at(name), "It must last longer than that.") }
        return span
    }

    /// `2s`, or `1s..4s`.
    func spans(_ name: String) throws(ScenarioFault) -> ClosedRange<Int64> {
        let text = try text(name)
        guard let dots = text.firstRange(of: "..") else {
            let one = try span(text, at(name))
            return one...one
        }
        let least = try span(String(text[..<dots.lowerBound]), at(name))
        let most = try span(String(text[dots.upperBound...]), at(name))
        guard least <= most else {
            throw ScenarioFault(at(name), "'\(text)' ends before it begins.")
        }
        return least...most
    }

    private func span(_ text: String, _ place: String) throws(ScenarioFault) -> Int64 {
        guard let span = Duration(span: text), span <= .seconds(86_400) else {
            throw ScenarioFault(
                place, "'\(text)' is no time span up to a day. Write 500ms, 3s or 1m30s.")
        }
        return span.milliseconds
    }

    // MARK: Lists and mappings

    func fields(_ name: String, _ known: [String]) throws(ScenarioFault) -> Fields? {
        guard let node = nodes[name] else { return nil }
        return try Fields(node, at(name), known)
    }

    /// Mappings one after another; none when the member is missing.
    func list(_ name: String, _ known: [String]) throws(ScenarioFault) -> [Fields] {
        guard let node = nodes[name] else { return [] }
        guard let sequence = node.list else {
            throw ScenarioFault(at(name), "A list is expected.")
        }
        var all: [Fields] = []
        for (index, item) in sequence.enumerated() {
            all.append(try Fields(item, "\(at(name))[\(index)]", known))
        }
        return all
    }

    func texts(_ name: String) throws(ScenarioFault) -> [String]? {
        guard let node = nodes[name] else { return nil }
        let texts = node.list?.compactMap(\.text)
        guard let texts, texts.count == node.list?.count else {
            throw ScenarioFault(at(name), "A list of names is expected, such as [worker-1].")
        }
        return texts
    }

    /// Numbers by name.
    func numbers(
        _ name: String, _ range: ClosedRange<Int>
    ) throws(ScenarioFault) -> [String: Int]? {
        guard let node = nodes[name] else { return nil }
        guard let members = node.members else {
            throw ScenarioFault(at(name), "Numbers by name are expected, such as {web: 6}.")
        }
        var numbers: [String: Int] = [:]
        for member in members {
            numbers[member.name] = try number(
                member.value.text ?? "", range, "\(at(name)).\(member.name)")
        }
        return numbers
    }
}
