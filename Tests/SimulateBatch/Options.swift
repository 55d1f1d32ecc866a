import Simulation

/// What the command line asks for.
struct Options {
    var seeds: ClosedRange<UInt64> = 1...200
    var jobs = 2
    var minutes: Int64 = 30
    /// The whole log of a single seed.
    var isLogged = false
    /// A line with each seed's digest.
    var showsDigests = false
    /// Whether all marks must be reached.
    var demandsMarks = true
    var shrinks = true
    var failuresMaximum = 5
    /// Arguments for the plan, with their values.
    var changes: [(argument: String, value: String?)] = []

    static let usage = """
        usage: simulate-batch [--seeds A..B | --seed N] [--jobs N] [--minutes N] [--workers N]
            [--faults LIST] [--without LIST] [--log] [--digests] [--first] [--no-marks]
            [--no-shrink] and what a failure says to replay it with
        """

    init(_ arguments: [String]) throws(Plan.ArgumentError) {
        var rest = arguments[...]
        func value(of argument: String) throws(Plan.ArgumentError) -> String {
            guard let value = rest.popFirst() else {
                throw Plan.ArgumentError(description: "\(argument) needs a value\n\(Self.usage)")
            }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--seeds": seeds = try Self.range(try value(of: argument))
            case "--seed":
                let seed = try Self.range(try value(of: argument)).lowerBound
                seeds = seed...seed
                demandsMarks = false
            case "--jobs": jobs = Int(try value(of: argument)) ?? 2
            case "--minutes": minutes = Int64(try value(of: argument)) ?? 30
            case "--first": failuresMaximum = 1
            case "--log": isLogged = true
            case "--digests": showsDigests = true
            case "--no-marks": demandsMarks = false
            case "--no-shrink": shrinks = false
            case "--quiet", "--no-wire": changes.append((argument, nil))
            default: changes.append((argument, try value(of: argument)))
            }
        }
        _ = try plan(seed: seeds.lowerBound)
    }

    func plan(seed: UInt64) throws(Plan.ArgumentError) -> Plan {
        var plan = Plan(seed: seed, minutes: minutes)
        for (argument, value) in changes {
            let isKnown = try plan.apply(argument) { () throws(Plan.ArgumentError) in value ?? "" }
            guard isKnown else {
                throw Plan.ArgumentError(
                    description: "\(argument) means nothing here\n\(Self.usage)")
            }
        }
        return plan
    }

    private static func range(_ text: String) throws(Plan.ArgumentError) -> ClosedRange<UInt64> {
        let ends = text.split(separator: ".").compactMap { UInt64($0) }
        guard let first = ends.first, let last = ends.last, first <= last, ends.count <= 2 else {
            throw Plan.ArgumentError(description: "seeds are N or A..B, not \"\(text)\"")
        }
        return first...last
    }
}
