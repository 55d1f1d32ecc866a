/// A regular expression of `=~`: it matches a value as a whole.
///
/// It is compiled to steps, one for each character or class that it can take, and each step knows
/// which may come next. A match keeps the set of steps that may be next and moves it on with each
/// character of the value, so it never goes back, and costs at most steps × characters whatever the
/// expression (Thompson 1968, Glushkov 1961).
public struct Pattern: Hashable, Sendable {
    public let source: String
    private let takes: [ScalarSet]
    /// The steps that may take the first character, then those that may follow each step.
    private let first: StepSet
    private let following: [StepSet]
    /// The steps after which a value may end.
    private let last: StepSet
    private let matchesEmpty: Bool

    /// - Parameter stepsMaximum: How large it may be.
    public init(_ source: String, stepsMaximum: Int) throws(QuerySyntaxError) {
        var parser = PatternParser(source)
        let node = try parser.parse()
        guard node.size <= stepsMaximum else {
            throw QuerySyntaxError(
                position: 1,
                problem: "the regular expression is too large: with repetitions written out it "
                    + "has \(node.size) steps, and \(stepsMaximum) are left for it")
        }
        var program = PatternProgram()
        program.add(node)
        program.finish()
        self.source = source
        takes = program.takes
        let start = program.reach(from: 0, isAtStart: true)
        first = start.steps
        matchesEmpty = start.mayEnd
        let after = program.places.map { program.reach(from: $0 + 1, isAtStart: false) }
        following = after.map(\.steps)
        var last = StepSet(count: takes.count)
        for (step, reach) in after.enumerated() where reach.mayEnd { last.insert(step) }
        self.last = last
    }

    /// How many characters and classes it has, with repetitions written out.
    var steps: Int { takes.count }

    public func matches(_ value: String) -> Bool {
        var ends = matchesEmpty
        var current = first
        var next = StepSet(count: takes.count)
        for scalar in value.unicodeScalars {
            if current.isEmpty { return false }
            ends = false
            next.removeAll()
            current.forEach { step in
                guard takes[step].contains(scalar) else { return }
                next.formUnion(following[step])
                if last.contains(step) { ends = true }
            }
            swap(&current, &next)
        }
        return ends
    }

    public static func == (left: Self, right: Self) -> Bool { left.source == right.source }

    public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
