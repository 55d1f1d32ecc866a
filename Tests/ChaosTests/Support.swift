public import Chaos

/// Trees as a YAML reader makes them.
extension Tree: ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(arrayLiteral elements: Tree...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Tree)...) {
        self = .members(elements.map { Member($0.0, $0.1) })
    }
}

/// A scenario of three workers and a service, with these steps and expectations.
func scenario(
    _ steps: Tree = [], expect: Tree = [:], draw: Tree? = nil
) throws(ScenarioFault) -> Scenario {
    var members = [
        Tree.Member("name", "a test"), .init("cluster", ["workers": "3"]),
        .init("services", [["name": "web", "count": "6"]]), .init("schedule", steps),
        .init("expect", expect),
    ]
    if let draw { members.append(.init("draw", draw)) }
    return try Scenario(.members(members))
}
