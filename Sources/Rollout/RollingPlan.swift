import Model

/// The rolling deployment of ECS as one rule, made anew on every relevant event: start while there
/// is room below the upper bound, stop while more than the lower bound is healthy
/// (ECS Developer Guide, "Rolling update"; `minimumHealthyPercent`, `maximumPercent`).
///
/// An uncertain task counts as there, so it is not replaced, but not for the lower bound.
public enum RollingPlan {
    /// Beyond these no count or percentage makes a difference; they keep the products from
    /// overflow.
    static let countMaximum = 1_000_000
    static let percentMaximum = 1_000_000

    public static func plan(_ view: ServiceView) -> ServicePlan {
        var plan = ServicePlan()
        let desired = min(max(view.desiredCount, 0), countMaximum)
        let percent = { (value: Int) in min(max(value, 0), percentMaximum) }
        let lower = (desired * percent(view.bounds.minimumHealthyPercent) + 99) / 100
        let upper = desired * percent(view.bounds.maximumPercent) / 100
        let staying = view.tasks.filter { $0.isNew && !$0.isDraining }
        let leaving = view.tasks.filter { !$0.isNew || $0.isDraining }
        let healthy = view.tasks.count { $0.isHealthy && !$0.isUncertain }
        plan.start = max(0, min(desired - staying.count, upper - view.tasks.count))
        plan.stop = stops(
            leaving: leaving, surplus: max(0, staying.count - desired), of: staying,
            budget: lower == 0 ? .max : healthy - lower)
        let incomplete = !leaving.isEmpty || staying.count != desired
        let settling =
            view.stopping > 0 || view.tasks.contains { !$0.isHealthy || $0.isUncertain }
        plan.isBlocked = incomplete && plan.start == 0 && plan.stop.isEmpty && !settling
        plan.isSteady =
            !incomplete && view.stopping == 0
            && staying.allSatisfy { $0.status == .running && $0.isHealthy && !$0.isUncertain }
        return plan
    }

    /// Tasks that must leave and tasks too many, as far as the budget of healthy tasks goes. What
    /// does not run goes freely. A task that must leave and runs, but has not yet proved healthy,
    /// takes from the budget too: else a service that has just come up would be emptied at once.
    private static func stops(
        leaving: [ServiceView.Task], surplus: Int, of staying: [ServiceView.Task], budget: Int
    ) -> [TaskID] {
        var chosen = leaving.filter { $0.status != .running }.map(\.id)
        var spare = surplus
        let unhealthy = staying.filter { !$0.isHealthy }
        for task in unhealthy.filter({ $0.status != .running })
            + unhealthy.filter({ $0.status == .running }) where spare > 0
        {
            chosen.append(task.id)
            spare -= 1
        }
        var left = max(0, budget)
        let running = leaving.filter { $0.status == .running }
        for task in running.filter({ !$0.isHealthy }) + running.filter(\.isHealthy) where left > 0 {
            chosen.append(task.id)
            left -= 1
        }
        for task in staying where task.isHealthy && spare > 0 && left > 0 {
            chosen.append(task.id)
            spare -= 1
            left -= 1
        }
        return chosen
    }
}
