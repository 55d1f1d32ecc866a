package import Wire

/// What the services of a server are like, and who wants to be told: the decisions of ``Health``.
package struct HealthTable<Watcher> {
    /// A status that a watcher is to be told.
    package struct Notice {
        package var watcher: Watcher
        package var status: ServingStatus
    }

    private struct Watch {
        var service: String
        var watcher: Watcher
    }

    private let watcherMaximum: Int
    private var statuses: [String: ServingStatus] = [:]
    /// In the order in which they came, by a number that is never used again.
    private var watches: [UInt64: Watch] = [:]
    private var lastWatch: UInt64 = 0
    private var isShutDown = false

    package init(watcherMaximum: Int) {
        self.watcherMaximum = watcherMaximum
    }

    /// The status that `Check` answers; `nil` for a service that is not known.
    package func status(of service: String) -> ServingStatus? {
        statuses[service]
    }

    /// Who is to be told what. Nothing changes any more after ``shutDown()``.
    package mutating func set(_ status: ServingStatus, of service: String) -> [Notice] {
        guard !isShutDown, statuses[service] != status else { return [] }
        statuses[service] = status
        return notices { $0 == service }
    }

    /// Everything is `NOT_SERVING`, for good.
    package mutating func shutDown() -> [Notice] {
        guard !isShutDown else { return [] }
        isShutDown = true
        let changed = statuses.filter { $0.value != .notServing }
        statuses = statuses.mapValues { _ in .notServing }
        return notices { changed[$0] != nil }
    }

    /// Adds a watcher, with the number to remove it by and what to tell it first; `nil` when there
    /// are too many.
    package mutating func watch(_ service: String, _ watcher: Watcher) -> (UInt64, Notice)? {
        guard watches.count < watcherMaximum else { return nil }
        lastWatch += 1
        watches[lastWatch] = Watch(service: service, watcher: watcher)
        let status = statuses[service] ?? .serviceUnknown
        return (lastWatch, Notice(watcher: watcher, status: status))
    }

    package mutating func remove(_ watch: UInt64) {
        watches[watch] = nil
    }

    package var watcherCount: Int { watches.count }

    private func notices(where isChanged: (String) -> Bool) -> [Notice] {
        watches.filter { isChanged($0.value.service) }.sorted { $0.key < $1.key }.map {
            let status = statuses[$0.value.service] ?? .serviceUnknown
            return Notice(watcher: $0.value.watcher, status: status)
        }
    }
}
