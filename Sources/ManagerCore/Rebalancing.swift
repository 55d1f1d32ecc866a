import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement
import Rollout

/// What this run knows of a service that evens itself out.
struct Rebalancing: Sendable {
    /// Moves that are under way: tasks that come up, and those that go once they are healthy.
    struct Round: Sendable {
        var rule: RebalanceRule
        /// Over availability zones, as ECS has it, or by the tag.
        var isOverZones: Bool
        var comers: [TaskID]
        var leavers: [TaskID]
        /// Given up if it has not ended by then.
        var patience: Instant
        var hasFailed = false
    }

    var round: Round?
    /// No further round before this.
    var notBefore: Instant?
    /// Rounds in a row that did not come to their end.
    var failures = 0
    /// It was said that zones are uneven, and not yet that they are even.
    var isUneven = false
}

/// What to be even over, and how.
private struct Evenness {
    var levels: [SpreadLevel]
    var rule: RebalanceRule
    var isOverZones: Bool
}

/// Services even themselves out in rounds of a few moves: the new tasks come first, and only once
/// they are healthy the old ones go. Rounds begin from a steady state alone, and end with it.
extension ManagerCore {
    /// A round that has not ended by then is given up: what it started goes again.
    static let rebalancePatience: Duration = .seconds(300)
    static let rebalanceDelayMaximum: Duration = .seconds(600)
    /// Services that an instance's coming may concern are looked at one after the other.
    static let rebalanceStagger: Duration = .milliseconds(10)

    /// How many tasks of a round are on their way up: the service has so many more than it desires
    /// until they are healthy. Those that ended are no part of it any more.
    mutating func movesUnderWay(
        of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) -> Int {
        guard var round = rebalancing[service.id]?.round else { return 0 }
        let whole = round.comers.count
        round.comers.removeAll { id in
            guard let task = tasks[id] else { return true }
            return task.desiredStatus != .running || !state.isActive(task.instance)
        }
        if round.comers.count < whole { round.hasFailed = true }
        rebalancing[service.id]?.round = round
        let isOvertaken = !service.isSettled || service.status != .active
        if isOvertaken || round.comers.isEmpty || now.monotonic >= round.patience {
            endRound(of: service, failed: !isOvertaken)
            return 0
        }
        let isUp = round.comers.allSatisfy { id in
            tasks[id].map { isHealthy(id, $0) } ?? false
        }
        return isUp ? 0 : round.comers.count
    }

    /// Tasks that a round has new ones for, before all others in the order of going.
    func leaversFirst(
        _ tasks: [(key: TaskID, value: TaskOutline)], of service: Service
    ) -> [(key: TaskID, value: TaskOutline)] {
        guard let leavers = rebalancing[service.id]?.round?.leavers else { return tasks }
        let leaving = leavers.compactMap { id in tasks.first { $0.key == id } }
        return leaving + tasks.filter { !leavers.contains($0.key) }
    }

    /// Carries out what a plan stops. A round whose new tasks are up is over once as many others
    /// were stopped.
    mutating func carryOut(
        stops: [TaskID], of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>,
        moving: Int
    ) {
        guard let round = rebalancing[service.id]?.round else {
            return carryOut(stops: stops, of: service)
        }
        let leavers = stops.filter { id in
            // On an instance that drains it has to go in any case.
            round.leavers.contains(id) && tasks[id].map { state.isActive($0.instance) } ?? false
        }
        carryOut(stops: stops.filter { !leavers.contains($0) }, of: service)
        carryOut(leavers: leavers, of: service, isOverZones: round.isOverZones)
        let wanted = tasks.values.count { $0.desiredStatus == .running } - stops.count
        if moving == 0, wanted <= service.desiredCount {
            endRound(of: service, failed: round.hasFailed)
        }
    }

    private mutating func endRound(of service: Service, failed: Bool) {
        guard let round = rebalancing[service.id]?.round else { return }
        rebalancing[service.id]?.round = nil
        var pause = round.rule.pause
        if failed {
            let failures = (rebalancing[service.id]?.failures ?? 0) + 1
            rebalancing[service.id]?.failures = failures
            let longer = Duration.seconds(10 << min(failures - 1, 6))
            pause = min(max(pause, longer), Self.rebalanceDelayMaximum)
        } else {
            rebalancing[service.id]?.failures = 0
        }
        rebalancing[service.id]?.notBefore = now.monotonic + pause
        schedule(.reconcile(service.id), after: pause)
    }

    /// The service is steady: if it is uneven, the next round begins.
    ///
    /// - Returns: Whether one began.
    mutating func evenOut(
        _ known: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) -> Bool {
        guard let service = state.services[known.id], service.isSettled,
            service.status == .active, rebalancing[service.id]?.round == nil,
            holds[service.cluster] == nil
        else { return false }
        let kinds = service.evenness
        guard !kinds.isEmpty else {
            rebalancing[service.id] = nil
            return false
        }
        if let due = rebalancing[service.id]?.notBefore, due > now.monotonic { return false }
        let percent = min(service.deploymentConfiguration.maximumPercent, 1_000)
        let room = service.desiredCount * percent / 100 - tasks.count
        guard room > 0, let primary = service.deployments.first,
            (throttles[primary.id]?.notBefore).map({ $0 <= now.monotonic }) ?? true,
            let blueprint = blueprint(
                of: service, primary,
                for: (service.capacityProviderStrategy?.first?.provider).flatMap {
                    part(of: $0, in: service.cluster)
                })
        else { return false }
        for kind in kinds {
            if beginRound(kind, of: service, tasks, blueprint, atMost: min(kind.rule.count, room)) {
                return true
            }
        }
        sayEven(service, tasks)
        rebalancing[service.id] = nil
        return false
    }

    /// - Returns: Whether there was anything to move.
    private mutating func beginRound(
        _ kind: Evenness, of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>,
        _ blueprint: TaskBlueprint, atMost most: Int
    ) -> Bool {
        let need = blueprint.need
        var openings = boards[service.cluster]?.openings(for: need, over: kind.levels) ?? []
        let seats =
            boards[service.cluster]?
            .seats(of: need, over: kind.levels, unlessEvenWith: openings) ?? []
        guard !seats.isEmpty else { return false }
        var view = RebalanceView(
            isOwn: kind.levels.map { $0 == .instance }, places: places(seats, tasks),
            openings: openings.map(RebalanceView.Opening.init))
        guard RebalancePlan.move(view) != nil else { return false }
        if kind.isOverZones { sayUneven(service, tasks) }
        var moves: [RebalanceMove] = []
        var comers: [TaskID] = []
        while moves.count < most, let move = RebalancePlan.move(view) {
            guard takePlace(for: blueprint, on: move.to) == nil else { break }
            comers.append(create(blueprint, on: move.to).id)
            moves.append(move)
            view.carryOut(move)
            openings = boards[service.cluster]?.openings(for: need, over: kind.levels) ?? []
            view.openings = openings.map(RebalanceView.Opening.init)
        }
        rebalancing[service.id, default: Rebalancing()].round = Rebalancing.Round(
            rule: kind.rule, isOverZones: kind.isOverZones, comers: comers,
            leavers: moves.map(\.task), patience: now.monotonic + Self.rebalancePatience)
        schedule(.reconcile(service.id), after: Self.rebalancePatience)
        sayMoving(comers, of: service, isOverZones: kind.isOverZones)
        return true
    }

    /// The instances of seats with the tasks there that may go, the youngest last.
    private func places(
        _ seats: [SpreadSeat], _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) -> [RebalanceView.Place] {
        var movable: [InstanceID: [TaskID]] = [:]
        for (id, task) in tasks where !task.isProtected(at: now.wall) {
            movable[task.instance, default: []].append(id)
        }
        return seats.map { seat in
            let own = (movable[seat.instance] ?? []).map { ($0, tasks[$0]?.createdAt) }
                .sorted { left, right in
                    let (first, second) = (
                        left.1?.milliseconds ?? 0, right.1?.milliseconds ?? 0
                    )
                    return (first, right.0) < (second, left.0)
                }
            return RebalanceView.Place(
                instance: seat.instance, path: seat.path, tasks: seat.tasks,
                movable: own.map(\.0))
        }
    }

    /// An instance came, came back or changed: the services that even themselves out may have
    /// something to do. They are looked at after a while, since such things come in crowds.
    mutating func reconsiderBalance(of cluster: ClusterID) {
        guard balanceLooks.insert(cluster).inserted else { return }
        schedule(.balance(cluster), after: RebalanceRule.standardPause)
    }

    mutating func balanceIsDue(of cluster: ClusterID) {
        balanceLooks.remove(cluster)
        var delay = Duration.zero
        for service in state.services(of: cluster)
        where service.status == .active && !service.evenness.isEmpty {
            schedule(.reconcile(service.id), after: delay)
            delay += Self.rebalanceStagger
        }
    }
}

extension RebalanceView.Opening {
    init(_ seat: SpreadSeat) {
        self.init(instance: seat.instance, path: seat.path)
    }
}

extension Service {
    /// Nothing is being rolled out.
    fileprivate var isSettled: Bool {
        deployments.count == 1 && deployments[0].rolloutState == .completed
    }

    /// What it is to be even over, the first before the second; nothing for those that are exempt.
    fileprivate var evenness: [Evenness] {
        // Between providers a strategy decides.
        guard schedulingStrategy == .replica, deploymentConfiguration.maximumPercent > 100,
            capacityProviderStrategy?.count ?? 0 <= 1
        else { return [] }
        var kinds: [Evenness] = []
        if availabilityZoneRebalancing == .enabled {
            kinds.append(
                Evenness(
                    levels: [.attribute(Need.zoneAttribute)], rule: .zones, isOverZones: true))
        }
        let strategies = placementStrategy.isEmpty ? Need.serviceDefault : placementStrategy
        if let rule = RebalanceRule(tags), var levels = SpreadLevel.levels(of: strategies) {
            if !levels.contains(.instance) { levels.append(.instance) }
            kinds.append(Evenness(levels: levels, rule: rule, isOverZones: false))
        }
        return kinds
    }
}
