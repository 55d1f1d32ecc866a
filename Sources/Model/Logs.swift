// Output of containers, as their workers keep it.

public enum LogKind {}

/// One reading of a task's output, as the manager names it to the worker; never used again.
public typealias LogID = Identifier<LogKind>

/// What is to be read. Times are nanoseconds since 1970.
public struct LogOrder: Hashable, Sendable {
    public var task: TaskID
    /// `nil` means all of the task's.
    public var container: String?
    /// Nothing of before; `nil` means all that is kept.
    public var since: Int64?
    /// Nothing of then and later; `nil` means no end.
    public var until: Int64?
    /// Only so many of the newest lines, of each container; a line of more than 16 KiB counts as
    /// several.
    public var tail: UInt32?
    /// Whether what is yet to come is waited for.
    public var follows: Bool

    public init(
        task: TaskID, container: String? = nil, since: Int64? = nil, until: Int64? = nil,
        tail: UInt32? = nil, follows: Bool = false
    ) {
        self.task = task
        self.container = container
        self.since = since
        self.until = until
        self.tail = tail
        self.follows = follows
    }
}

/// A message of the `Assignments` stream: read a task's output.
public struct LogRequest: Hashable, Sendable {
    public var id: LogID
    public var order: LogOrder

    public init(id: LogID, order: LogOrder) {
        self.id = id
        self.order = order
    }
}

/// A line that a container wrote.
public struct LogEntry: Hashable, Sendable {
    /// Bytes of a line; a longer one comes as several entries.
    public static let textMaximum = 256 << 10

    /// When it was read from the container: nanoseconds since 1970.
    public var time: Int64
    public var container: String
    /// Whether it was written to standard error.
    public var isError: Bool
    /// Without the line's end. Whatever the container wrote: not always UTF-8.
    public var text: [UInt8]

    public init(time: Int64, container: String, isError: Bool = false, text: [UInt8]) {
        self.time = time
        self.container = container
        self.isError = isError
        self.text = text
    }
}

/// What a worker says of a task's output. The end of its messages is the end of the output.
public enum LogOutput: Hashable, Sendable {
    /// What the texts of one message have together, unless there is but one.
    public static let bytesMaximum = 256 << 10
    /// Entries of one message.
    public static let entriesMaximum = 4_096

    /// First: which reading it is.
    case opening(SessionID, LogID)
    /// The next, oldest first.
    case entries([LogEntry])
    /// All that was there has been said; what follows is new.
    case caughtUp
    /// It can't be read, or not any more: a sentence. Nothing follows.
    case failed(String)
    /// Of a kind that a newer peer knows; it is ignored.
    case unknown
}
