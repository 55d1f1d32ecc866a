public import Model

/// Looks back at what a cluster was: the records that are kept, and the state as of a time.
///
/// Answers are made from disk and may take long: never ask on a thread that has other work.
public protocol Past: Sendable {
    /// The records that are meant, newest first.
    func records(_ query: RecordQuery) throws(PastError) -> RecordPage

    /// The fold of everything up to the newest record of that time.
    func state(asOf time: WallTime) throws(PastError) -> ClusterState

    /// The fold of everything up to a revision.
    func state(at revision: UInt64) throws(PastError) -> ClusterState

    /// The revision as of a time, for ``state(at:)``; when all that is kept is later, that of the
    /// oldest state that can be shown.
    func revision(asOf time: WallTime) throws(PastError) -> UInt64

    /// Keys of objects that the kept records name so, newest first, at most `maximum`; for who is
    /// gone from the state.
    func keys(named name: String, maximum: Int) throws(PastError) -> [String]
}

/// Which records are meant. What is `nil` leaves none out.
public struct RecordQuery: Hashable, Sendable {
    /// The object's key in the journal: its id for most.
    public var key: String?
    /// Besides those of the object itself: all of objects that belong to it.
    public var includesParts: Bool
    public var since: WallTime?
    public var until: WallTime?
    /// Only records older than this revision: where the next page goes on.
    public var before: UInt64?
    public var maximum: Int

    public init(
        key: String? = nil, includesParts: Bool = false, since: WallTime? = nil,
        until: WallTime? = nil, before: UInt64? = nil, maximum: Int = 100
    ) {
        self.key = key
        self.includesParts = includesParts
        self.since = since
        self.until = until
        self.before = before
        self.maximum = maximum
    }

    /// Records that are looked at for one page. A page may be short, even empty, and not the last.
    public static let scanMaximum = 50_000
    /// The most records of a page.
    public static let pageMaximum = 1_000
}

/// A page of records, newest first.
public struct RecordPage: Sendable {
    public var records: [ChangeRecord]
    /// What ``RecordQuery/before`` is for the next page; `nil` after the last.
    public var next: UInt64?
    /// The time of the oldest record that is kept; `nil` when none is.
    public var oldest: WallTime?

    public init(records: [ChangeRecord], next: UInt64?, oldest: WallTime?) {
        self.records = records
        self.next = next
        self.oldest = oldest
    }
}

/// Why the past can't be shown.
public enum PastError: Error, Hashable, Sendable {
    /// What was then is not kept any more. `oldest` is the earliest time that can be shown.
    case notKept(oldest: WallTime?)
    /// The state has more objects than are put together here.
    case tooLarge(objects: Int, maximum: Int)
    /// What is kept can't be read; the text says why.
    case unreadable(String)
}
