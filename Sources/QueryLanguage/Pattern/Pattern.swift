/// A regular expression of `=~`: it matches a value as a whole.
///
/// It is compiled to steps, one for each character or class that it can take, and each step knows
/// which may come next. A match keeps the set of steps that may be next and moves it on with each
/// character of the value, so it never goes back, and costs at most steps × characters whatever the
/// expression (Thompson 1968, Glushkov 1961).
public struct Pattern: Hashable, Sendable {
    public let source: String
    /// How many characters and classes it has, with repetitions written out.
    let steps: Int
    /// What steps take, each once, and below the words of the steps that take it.
    private let takes: [ScalarSet]
    private let takers: [UInt64]
    /// The same for each character of ASCII, of which most values are.
    private let takersOfASCII: [UInt64]
    /// The steps that may take the first character, and the words of those that may follow each.
    private let first: [UInt64]
    private let following: [UInt64]
    /// The steps after which a value may end.
    private let last: [UInt64]
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
        steps = program.takes.count
        var takers: [ScalarSet: StepSet] = [:]
        var takes: [ScalarSet] = []
        var last = StepSet(count: steps)
        var following: [UInt64] = []
        for (step, set) in program.takes.enumerated() {
            if takers[set] == nil { takes.append(set) }
            takers[set, default: StepSet(count: steps)].insert(step)
            let after = program.reach(from: program.places[step] + 1, isAtStart: false)
            following += after.steps.words
            if after.mayEnd { last.insert(step) }
        }
        self.takes = takes
        self.takers = takes.flatMap { takers[$0]?.words ?? [] }
        takersOfASCII = (0..<128).flatMap { value in
            let scalar = Unicode.Scalar(UInt8(value))
            var words = StepSet(count: program.takes.count)
            for (step, set) in program.takes.enumerated() where set.contains(scalar) {
                words.insert(step)
            }
            return words.words
        }
        self.following = following
        self.last = last.words
        let start = program.reach(from: 0, isAtStart: true)
        first = start.steps.words
        matchesEmpty = start.mayEnd
    }

    public func matches(_ value: String) -> Bool {
        if value.isEmpty { return matchesEmpty }
        return first.count == 1 ? matchesInOneWord(value) : matchesInWords(value)
    }

    /// Most patterns have at most 64 steps.
    private func matchesInOneWord(_ value: String) -> Bool {
        var current = first[0]
        var ends = false
        for scalar in value.unicodeScalars {
            if current == 0 { return false }
            var taken = current
            if scalar.isASCII {
                taken &= takersOfASCII[Int(scalar.value)]
            } else {
                var taking: UInt64 = 0
                for (index, set) in takes.enumerated() where set.contains(scalar) {
                    taking |= takers[index]
                }
                taken &= taking
            }
            ends = taken & last[0] != 0
            current = 0
            while taken != 0 {
                current |= following[taken.trailingZeroBitCount]
                taken &= taken - 1
            }
        }
        return ends
    }

    private func matchesInWords(_ value: String) -> Bool {
        let count = first.count
        var current = first
        var taken = first
        var ends = false
        for scalar in value.unicodeScalars {
            if current.allSatisfy({ $0 == 0 }) { return false }
            take(scalar, into: &taken)
            ends = false
            for word in 0..<count {
                taken[word] &= current[word]
                ends = ends || taken[word] & last[word] != 0
                current[word] = 0
            }
            move(taken, to: &current)
        }
        return ends
    }

    /// The steps that can take a character.
    private func take(_ scalar: Unicode.Scalar, into taken: inout [UInt64]) {
        let count = taken.count
        if scalar.isASCII {
            let start = Int(scalar.value) * count
            for word in 0..<count { taken[word] = takersOfASCII[start + word] }
            return
        }
        for word in 0..<count { taken[word] = 0 }
        for (index, set) in takes.enumerated() where set.contains(scalar) {
            for word in 0..<count { taken[word] |= takers[index * count + word] }
        }
    }

    /// The steps that may follow those that have taken a character.
    private func move(_ taken: [UInt64], to next: inout [UInt64]) {
        let count = taken.count
        next.withUnsafeMutableBufferPointer { next in
            following.withUnsafeBufferPointer { following in
                for word in 0..<count {
                    var left = taken[word]
                    while left != 0 {
                        let start = (64 * word + left.trailingZeroBitCount) * count
                        for other in 0..<count { next[other] |= following[start + other] }
                        left &= left - 1
                    }
                }
            }
        }
    }

    public static func == (left: Self, right: Self) -> Bool { left.source == right.source }

    public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
