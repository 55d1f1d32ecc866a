/// What a request is for, by its path.
enum Route: Hashable {
    case container
    case task
    case taskWithTags
    case stats
    case taskStats
    case protection

    /// The route and the endpoint id that a path names; `nil` for another path.
    static func find(_ path: String) -> (route: Route, id: String)? {
        let path = path.prefix { $0 != "?" }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        // `/v4/ID/` is taken for `/v4/ID`.
        if parts.last == "" { parts.removeLast() }
        guard parts.count >= 3, parts[0].isEmpty else { return nil }
        let route: Route? =
            switch (parts[1], parts[3...].joined(separator: "/")) {
            case ("v4", ""): .container
            case ("v4", "task"): .task
            case ("v4", "taskWithTags"): .taskWithTags
            case ("v4", "stats"): .stats
            case ("v4", "task/stats"): .taskStats
            case ("api", "task-protection/v1/state"): .protection
            default: nil
            }
        return route.map { ($0, parts[2]) }
    }

    /// Whether it may be asked by a method.
    func takes(_ method: String) -> Bool {
        method == "GET" || method == "HEAD" || (self == .protection && method == "PUT")
    }
}
