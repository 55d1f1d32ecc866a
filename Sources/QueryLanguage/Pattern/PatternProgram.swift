/// A regular expression as a tree.
indirect enum PatternNode: Hashable, Sendable {
    case empty
    case take(ScalarSet)
    /// `^`.
    case start
    /// `$`.
    case end
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `most` is `nil` for no end.
    case repetition(PatternNode, least: Int, most: Int?)

    /// How large it is with repetitions written out, at most about `Int.max`.
    var size: Int {
        switch self {
        case .empty, .take, .start, .end: 1
        case .sequence(let nodes), .choice(let nodes):
            nodes.reduce(1) { $0.addingCapped($1.size) }
        case .repetition(let node, let least, let most):
            node.size.multipliedCapped(by: max(most ?? least + 1, 1))
        }
    }
}

extension Int {
    fileprivate func addingCapped(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }

    fileprivate func multipliedCapped(by other: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? .max : product
    }
}

/// A pattern as instructions, from which its steps and their order are read.
struct PatternProgram {
    private enum Instruction {
        case take
        case fork(Int)
        case jump(Int)
        case start, end, done
    }

    private var instructions: [Instruction] = []
    /// What each step takes.
    private(set) var takes: [ScalarSet] = []
    /// The instruction of each step.
    private(set) var places: [Int] = []
    /// The step of each instruction.
    private var stepAt: [Int: Int] = [:]

    mutating func add(_ node: PatternNode) {
        switch node {
        case .empty: break
        case .take(let set):
            stepAt[instructions.count] = takes.count
            places.append(instructions.count)
            takes.append(set)
            instructions.append(.take)
        case .start: instructions.append(.start)
        case .end: instructions.append(.end)
        case .sequence(let nodes): for node in nodes { add(node) }
        case .choice(let nodes): addChoice(nodes)
        case .repetition(let node, let least, let most):
            for _ in 0..<least { add(node) }
            if let most { addOptional(node, times: most - least) } else { addLoop(node) }
        }
    }

    mutating func finish() { instructions.append(.done) }

    private mutating func addChoice(_ nodes: [PatternNode]) {
        var exits: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index < nodes.count - 1 else {
                add(node)
                break
            }
            let fork = instructions.count
            instructions.append(.fork(0))
            add(node)
            exits.append(instructions.count)
            instructions.append(.jump(0))
            instructions[fork] = .fork(instructions.count)
        }
        for exit in exits { instructions[exit] = .jump(instructions.count) }
    }

    private mutating func addOptional(_ node: PatternNode, times: Int) {
        var forks: [Int] = []
        for _ in 0..<times {
            forks.append(instructions.count)
            instructions.append(.fork(0))
            add(node)
        }
        for fork in forks { instructions[fork] = .fork(instructions.count) }
    }

    private mutating func addLoop(_ node: PatternNode) {
        let fork = instructions.count
        instructions.append(.fork(0))
        add(node)
        instructions.append(.jump(fork))
        instructions[fork] = .fork(instructions.count)
    }

    /// The steps that may take the next character from an instruction on, and whether the value may
    /// end there. Nothing is taken any more behind `$`.
    func reach(from start: Int, isAtStart: Bool) -> (steps: StepSet, mayEnd: Bool) {
        var steps = StepSet(count: takes.count)
        var mayEnd = false
        var seen = Array(repeating: false, count: 2 * instructions.count)
        var open = [(place: start, isAtEnd: false)]
        while let (place, isAtEnd) = open.popLast() {
            let mark = 2 * place + (isAtEnd ? 1 : 0)
            if seen[mark] { continue }
            seen[mark] = true
            switch instructions[place] {
            case .take:
                if !isAtEnd, let step = stepAt[place] { steps.insert(step) }
            case .fork(let other):
                open.append((place + 1, isAtEnd))
                open.append((other, isAtEnd))
            case .jump(let other): open.append((other, isAtEnd))
            case .start: if isAtStart { open.append((place + 1, isAtEnd)) }
            case .end: open.append((place + 1, true))
            case .done: mayEnd = true
            }
        }
        return (steps, mayEnd)
    }
}
