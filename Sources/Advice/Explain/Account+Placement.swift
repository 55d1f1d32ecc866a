import ManagerCore
import Model
import Placement

extension Account {
    /// How all instances look to a need, told.
    mutating func placement(
        of need: Need, _ basis: PlacementAccount.Basis
    ) -> PlacementAccount {
        let survey = reader.survey(need)
        let obstacles = survey.misfits.map(obstacle)
        return PlacementAccount(
            basis: basis, need: PlacementAccount.Need(need), candidates: survey.count,
            removed: Self.removed(survey.misfits),
            obstacles: Array(obstacles.prefix(PlacementAccount.obstaclesMaximum)),
            nearest: survey.nearest.map(obstacle), fitting: survey.ranked.count,
            ranking: survey.ranked.prefix(PlacementAccount.rankedMaximum).map { ranked in
                PlacementAccount.Ranked(
                    instance: "\(ranked.instance)", worker: worker(ranked.instance),
                    scores: ranked.numbers, tasks: ranked.tasks)
            }, eligible: survey.eligible)
    }

    func obstacle(_ entry: Refusal.Entry) -> Obstacle {
        var obstacle = Obstacle(
            instance: "\(entry.instance)", worker: worker(entry.instance),
            reason: entry.misfit.failureReason, detail: entry.misfit.detail)
        switch entry.misfit {
        case .cpu(let needed, let free), .memory(let needed, let free), .gpu(let needed, let free):
            obstacle.needed = needed
            obstacle.free = free
            obstacle.missing = needed - free
        case .attribute(let name): obstacle.what = name
        case .port(let port, let transport): obstacle.what = "\(port)/\(transport.rawValue)"
        case .memberOf(let query, let failing):
            obstacle.what = failing.map { "\($0)" } ?? "\(query)"
        case .notActive, .agent, .distinctInstance: break
        }
        return obstacle
    }

    private static func removed(_ misfits: [Refusal.Entry]) -> [PlacementAccount.Removed] {
        var counts: [String: Int] = [:]
        for entry in misfits { counts[entry.misfit.failureReason, default: 0] += 1 }
        return Misfit.failureReasons.compactMap { reason in
            counts[reason].map { PlacementAccount.Removed(reason: reason, count: $0) }
        }
    }
}

extension PlacementAccount.Need {
    init(_ need: Need) {
        cpu = need.resources.cpu
        memory = need.resources.memory
        gpus = need.resources.gpus
        ports =
            need.resources.tcpPorts.map { "\($0)/tcp" }
            + need.resources.udpPorts.map { "\($0)/udp" }
        attributes = need.requiredAttributes.map { attribute in
            attribute.value.map { "\(attribute.name)=\($0)" } ?? attribute.name
        }
        constraints = need.constraints.map { constraint in
            switch constraint {
            case .distinctInstance: "distinctInstance"
            case .memberOf(let query): "memberOf(\(query))"
            }
        }
        strategies = need.strategies.map { strategy in
            switch strategy {
            case .random: "random"
            case .spread(let field): "spread(\(field))"
            case .binpack(let field): "binpack(\(field.rawValue))"
            }
        }
    }
}
