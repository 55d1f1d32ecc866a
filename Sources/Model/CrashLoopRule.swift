/// When tasks that ran and soon ended fail their deployment. ECS's circuit breaker does not count
/// those; a service asks for it with the tag `muster:crash-loop`, such as `3/60`.
public struct CrashLoopRule: Hashable, Sendable {
    public static let tag = "muster:crash-loop"
    /// What the tag's value looks like, for those who write another.
    public static let form =
        "N/SECONDS, such as 3/60: a deployment fails when N of its tasks in a row (1-200) ended "
        + "within so many seconds (1-3600) after they came to run"

    /// How many in a row fail the deployment.
    public let count: Int
    /// A task that ran this long did not crash early.
    public let window: Duration

    /// Reads the tag's value; `nil` where it has not that form.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), let seconds = Int(parts[1]),
            (1...200).contains(count), (1...3_600).contains(seconds)
        else { return nil }
        self.count = count
        window = .seconds(seconds)
    }

    /// The rule that tags ask for, if they ask for one.
    public init?(_ tags: [Tag]) {
        guard let value = tags.first(where: { $0.key == Self.tag })?.value else { return nil }
        self.init(value)
    }
}
