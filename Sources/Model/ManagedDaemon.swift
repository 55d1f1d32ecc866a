/// ECS's managed daemons are services of the DAEMON strategy whose names, and whose definitions'
/// families, no service or family of a user can have: a user's have no slash.
public enum ManagedDaemon {
    public static let prefix = "daemon/"

    /// The name of the service, or of the family, that stands for a daemon's.
    public static func inner(_ name: String) -> String { prefix + name }

    /// The name that the user gave; `nil` for one that is no daemon's.
    public static func outer(_ name: String) -> String? {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }
}

extension Service {
    /// Its name as a managed daemon; `nil` for any other service.
    public var daemonName: String? { ManagedDaemon.outer(name) }

    /// What its tasks are a group of.
    public var group: String { daemonName.map { "daemon:\($0)" } ?? "service:\(name)" }
}

extension TaskDefinitionKey {
    /// Its family as a managed daemon's; `nil` for any other definition.
    public var daemonFamily: String? { ManagedDaemon.outer(family) }
}
