import Model

extension Plan {
    /// The arguments that give this plan from its seed, for a command line.
    public var arguments: [String] {
        var arguments = ["--seed", String(seed)]
        let drawn = Plan(seed: seed)
        if hosts.count != drawn.hosts.count { arguments += ["--workers", String(hosts.count)] }
        if faultTime != drawn.faultTime { arguments += ["--fault-time", String(faultTime)] }
        if faults != drawn.faults {
            let names = faults.kinds.map(\.description).joined(separator: ",")
            arguments += ["--faults", names.isEmpty ? "none" : names]
        }
        if clients != drawn.clients { arguments += ["--clients", String(clients)] }
        if !isBusy { arguments.append("--quiet") }
        if usesWire != drawn.usesWire { arguments.append("--no-wire") }
        let names = services.map(\.service.name)
        if names != drawn.services.map(\.service.name) {
            arguments += ["--services", names.joined(separator: ",")]
        }
        return arguments
    }

    /// What is wrong with arguments, for a person.
    public struct ArgumentError: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) {
            self.description = description
        }
    }

    /// Changes the plan as one argument says.
    ///
    /// - Parameter value: Gives the argument's value.
    /// - Returns: False when the argument means nothing to a plan.
    public mutating func apply(
        _ argument: String, value: () throws(ArgumentError) -> String
    ) throws(ArgumentError) -> Bool {
        switch argument {
        case "--workers":
            let count = try Self.number(argument, try value())
            self = resized(to: Int(min(max(count, 1), 1_000)))
        case "--fault-time": faultTime = try Self.number(argument, try value())
        case "--minutes":
            faultTime = max(60_000, try Self.number(argument, try value()) * 60_000 - restTime)
        case "--faults": faults = try Self.faults(try value())
        case "--without":
            for kind in try Self.faults(try value()).kinds { faults.remove(kind) }
        case "--clients": clients = Int(min(max(try Self.number(argument, try value()), 1), 100))
        case "--quiet": isBusy = false
        case "--no-wire": usesWire = false
        case "--services":
            let names = try value().split(separator: ",").map(String.init)
            services = services.filter { names.contains($0.service.name) }
        default: return false
        }
        return true
    }

    /// The first hosts stay as the seed drew them.
    private func resized(to count: Int) -> Plan {
        var plan = self
        plan.hosts =
            count <= hosts.count
            ? Array(hosts.prefix(count)) : Plan(seed: seed, workers: count).hosts
        return plan
    }

    private static func number(
        _ argument: String, _ text: String
    ) throws(ArgumentError) -> Int64 {
        guard let number = Int64(text), number >= 0 else {
            throw ArgumentError(description: "\(argument) needs a number, not \"\(text)\"")
        }
        return number
    }

    /// `all`, `none`, or names with commas.
    public static func faults(_ text: String) throws(ArgumentError) -> FaultSet {
        if text == "all" { return .all }
        var faults = FaultSet()
        if text == "none" { return faults }
        for name in text.split(separator: ",") {
            guard let kind = FaultKind(String(name)) else {
                let known = FaultKind.allCases.map(\.description).joined(separator: ", ")
                throw ArgumentError(
                    description: "there is no kind of fault \"\(name)\"; there are: \(known)")
            }
            faults.insert(kind)
        }
        return faults
    }
}
