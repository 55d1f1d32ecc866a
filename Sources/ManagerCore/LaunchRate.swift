import Model

/// What a service has started within the minute that began with the first of it.
struct LaunchWindow: Hashable, Sendable {
    var start: Instant
    var count = 0

    static let length: Duration = .seconds(60)
}

/// How fast a service may grow (``Quotas/launchesPerMinute``). A manager that is started again has
/// forgotten what was started before.
extension ManagerCore {
    /// How many tasks a service may start now.
    func launchRoom(of service: ServiceID) -> Int {
        guard let most = settings.quotas.launchesPerMinute else { return .max }
        guard let window = launches[service], now.monotonic - window.start < LaunchWindow.length
        else { return most }
        return max(0, most - window.count)
    }

    /// Counts what was started. A service whose window is full is looked at when that is over.
    mutating func noteLaunches(_ count: Int, of service: Service) {
        guard settings.quotas.launchesPerMinute != nil, count > 0 else { return }
        var window = launches[service.id] ?? LaunchWindow(start: now.monotonic)
        if now.monotonic - window.start >= LaunchWindow.length {
            window = LaunchWindow(start: now.monotonic)
        }
        window.count += count
        launches[service.id] = window
        guard launchRoom(of: service.id) == 0 else { return }
        let left = LaunchWindow.length - (now.monotonic - window.start)
        schedule(.reconcile(service.id), after: left)
    }
}
