import Model

/// Which unhealthy tasks go now (ECS Developer Guide, "Amazon ECS services", replacement of
/// unhealthy tasks). While there is room, one goes when as many as are wanted are healthy or
/// unhealthy without it: so when its replacement is healthy, and where that is unhealthy too, one
/// of the two. Where there is no room to begin a replacement, one goes first: all that the minimum
/// healthy percent can do without, else one at a time.
///
/// Protection does not hold: it is from scale-in and deployments.
struct UnhealthyStops {
    private(set) var chosen: [TaskID] = []

    /// - Parameters:
    ///   - whole: How many tasks are wanted.
    ///   - isFull: The maximum percent is reached, and the deployment would launch.
    init(_ view: ServiceView, lower: Int, whole: Int, isFull: Bool) {
        let own = view.tasks.filter { $0.isNew && !$0.isDraining }
        let sick = own.filter { $0.isSick && !$0.runs } + own.filter { $0.isSick && $0.runs }
        // Of a service that wants none they go as all others do.
        guard whole > 0, view.tasks.contains(where: \.isSick) else { return }
        let healthy = own.count { $0.counts }
        chosen = sick.prefix(max(0, healthy + sick.count - whole)).map(\.id)
        let lacking = whole - own.count { !$0.isSick }
        guard chosen.isEmpty, isFull, lacking > 0 else { return }
        let candidates = sick + view.tasks.filter { $0.isSick && (!$0.isNew || $0.isDraining) }
        if view.tasks.count(where: \.counts) >= lower {
            chosen = candidates.prefix(lacking).map(\.id)
        } else if view.stopping == 0, view.tasks.allSatisfy({ $0.isSick || $0.counts }) {
            chosen = candidates.prefix(1).map(\.id)
        }
    }
}
