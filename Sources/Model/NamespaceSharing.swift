/// Whose processes or whose shared memory a container sees beside its own (ECS, `pidMode` and
/// `ipcMode`).
public enum NamespaceSharing: String, Sendable, Codable {
    case host, task
}
