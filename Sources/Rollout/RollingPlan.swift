public import Model

/// The rolling deployment of ECS as one rule, made anew on every relevant event: start while there
/// is room below the upper bound, stop while more than the lower bound is healthy (ECS Developer
/// Guide, "Rolling update"; `minimumHealthyPercent`, `maximumPercent`).
///
/// An uncertain task counts as there, so it is not replaced, but not for the lower bound.
///
/// What an older deployment loses is replaced by its like, as far as less than the lower bound
/// would be up without: a new revision that does not come up may not empty the service task by
/// task.
public enum RollingPlan {
    /// Beyond these no count or percentage makes a difference; they keep the products from
    /// overflow.
    static let countMaximum = 1_000_000
    static let percentMaximum = 1_000_000

    public static func plan(_ view: ServiceView) -> ServicePlan {
        var plan = ServicePlan()
        let desired = clamped(view.desiredCount)
        let lower = lower(desired, view.bounds)
        let upper = upper(desired, view.bounds)
        let whole = desired + max(0, view.moving)
        let staying = view.tasks.filter { $0.isNew && !$0.isDraining }
        let leaving = view.tasks.filter { !$0.isNew || $0.isDraining }
        let sound = whole == 0 ? staying : staying.filter { !$0.isSick }
        let room = max(0, upper - view.tasks.count - view.lingering)
        let uncovered = max(
            0, lower - leaving.count { $0.runs && !$0.isSick } - staying.count { $0.counts })
        let held = leaving.count { $0.isRestored }
        // Unhealthy tasks have a place while they are replaced: one is left for the new revision,
        // which may be what heals them.
        let ended = view.lost - leaving.count(where: \.isSick)
        let lacksNew = !view.hasFailed && sound.count < whole
        let most = lacksNew ? max(min(ended, room), room - 1) : room
        plan.restore = max(0, min(uncovered - held, view.lost, most))
        if !view.hasFailed {
            let wanted = min(whole - sound.count, upper - view.tasks.count - plan.restore)
            plan.start = max(0, wanted - view.lingering)
        }
        let isFull = room == 0 && !view.hasFailed
        plan.stopUnhealthy = UnhealthyStops(view, lower: lower, whole: whole, isFull: isFull).chosen
        let goes = Set(plan.stopUnhealthy)
        plan.stop = stops(
            leaving: leaving.filter { !goes.contains($0.id) }, kept: uncovered,
            surplus: max(0, sound.count - whole), of: sound, lower: lower)
        let incomplete = !leaving.isEmpty || staying.count != whole
        let settling =
            view.stopping > 0 || view.tasks.contains { !$0.isHealthy || $0.isUncertain }
        let isStuck =
            incomplete && !view.hasFailed && plan.start == 0 && plan.restore == 0
            && plan.stop.isEmpty && plan.stopUnhealthy.isEmpty && !settling
        let mayGo = staying.count > whole ? view.tasks : leaving
        plan.isHeldByProtection = isStuck && !mayGo.isEmpty && mayGo.allSatisfy(\.isProtected)
        plan.isBlocked = isStuck && !plan.isHeldByProtection
        plan.isSteady =
            !incomplete && view.moving == 0 && view.stopping == 0
            && staying.allSatisfy { $0.status == .running && $0.isHealthy && !$0.isUncertain }
        return plan
    }

    /// How many healthy tasks must stay.
    public static func lower(_ desired: Int, _ bounds: DeploymentConfiguration) -> Int {
        (clamped(desired) * percent(bounds.minimumHealthyPercent) + 99) / 100
    }

    /// How many tasks may be wanted RUNNING at once.
    public static func upper(_ desired: Int, _ bounds: DeploymentConfiguration) -> Int {
        clamped(desired) * percent(bounds.maximumPercent) / 100
    }

    private static func clamped(_ count: Int) -> Int { min(max(count, 0), countMaximum) }
    private static func percent(_ value: Int) -> Int { min(max(value, 0), percentMaximum) }

    /// Tasks that must leave and tasks too many. What does not run goes freely. What runs but does
    /// not count as healthy goes while more than the lower bound runs: it may just have come up,
    /// and a service in that state must not be emptied. What is healthy goes while more than the
    /// lower bound is healthy.
    ///
    /// No task leaves for a new one that only just runs: a revision that fails at once may not cost
    /// those that work.
    ///
    /// - Parameter kept: Tasks of an older deployment that come up in the place of what it lost,
    ///   and are needed.
    private static func stops(
        leaving: [ServiceView.Task], kept: Int, surplus: Int, of staying: [ServiceView.Task],
        lower: Int
    ) -> [TaskID] {
        let all = leaving + staying
        var runningSpare = lower == 0 ? .max : all.count { $0.runs } - lower
        var healthySpare = lower == 0 ? .max : all.count { $0.counts } - lower
        var leavingSpare =
            lower == 0
            ? .max : leaving.count { $0.runs } + staying.count { $0.counts } - lower
        var chosen: [TaskID] = []
        func stop(_ task: ServiceView.Task) {
            chosen.append(task.id)
            if task.runs { runningSpare -= 1 }
            if task.counts { healthySpare -= 1 }
        }
        var kept = kept
        for task in leaving.byWorth where !task.isProtected {
            if task.isRestored, kept > 0 {
                kept -= 1
                continue
            }
            if task.runs && leavingSpare <= 0 || task.isHealthy && healthySpare <= 0 { continue }
            if task.runs { leavingSpare -= 1 }
            stop(task)
        }
        var surplusLeft = surplus
        for task in staying.byWorth where surplusLeft > 0 && !task.isProtected {
            if task.runs && runningSpare <= 0 || task.isHealthy && healthySpare <= 0 { continue }
            surplusLeft -= 1
            stop(task)
        }
        return chosen
    }
}

extension ServiceView.Task {
    var runs: Bool { status == .running }
    /// Counts for the lower bound.
    var counts: Bool { isHealthy && !isUncertain }
    /// To be replaced because of its health.
    var isSick: Bool { isUnhealthy && !isUncertain }
    /// On its way up in the place of another.
    fileprivate var isRestored: Bool { isHeld && !isDraining && !runs }
}

extension [ServiceView.Task] {
    /// Those that do not run first, then those that are unhealthy, then those that are not healthy,
    /// else in their own order.
    fileprivate var byWorth: [ServiceView.Task] {
        filter { !$0.runs } + filter { $0.runs && $0.isSick }
            + filter { $0.runs && !$0.isHealthy && !$0.isSick } + filter { $0.runs && $0.isHealthy }
    }
}
