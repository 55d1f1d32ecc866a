public import ClusterState

/// What happened, as `muster history` shows it. Times are milliseconds since 1970.
public struct HistoryReport: Codable, Hashable, Sendable {
    /// Newest first.
    public var entries: [Entry]
    /// Asks for what is older; nothing is when it is missing. A page may be empty and not the last.
    public var nextToken: String?
    /// The time of the oldest change that is kept.
    public var oldest: Int64?

    public struct Entry: Codable, Hashable, Sendable {
        public var revision: UInt64
        public var time: Int64
        /// What brought it about: `RunTask`, `lease expired`.
        public var cause: String
        /// `cluster`, `service`, `task` and so on.
        public var kind: String
        public var id: String
        /// What people call it, where that is not its id.
        public var name: String?
        /// What it was from then on, in a line.
        public var summary: String
        /// The whole record, if it was asked for.
        public var record: ChangeRecord?

        public init(
            revision: UInt64, time: Int64, cause: String, kind: String, id: String,
            name: String? = nil, summary: String, record: ChangeRecord? = nil
        ) {
            self.revision = revision
            self.time = time
            self.cause = cause
            self.kind = kind
            self.id = id
            self.name = name
            self.summary = summary
            self.record = record
        }
    }

    public init(entries: [Entry], nextToken: String?, oldest: Int64?) {
        self.entries = entries
        self.nextToken = nextToken
        self.oldest = oldest
    }
}
