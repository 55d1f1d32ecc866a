// Commands that are run in a container beside what runs there.

public enum ExecKind {}

/// One such command, as the manager names it to the worker; never used again.
public typealias ExecID = Identifier<ExecKind>

/// What is to be run, and where.
public struct ExecOrder: Hashable, Sendable {
    /// The most words of a command, and bytes of all of them.
    public static let wordsMaximum = 1_000
    public static let bytesMaximum = 32 << 10

    public var task: TaskID
    /// The container's name.
    public var container: String
    /// The program and its arguments.
    public var command: [String]
    /// Whether input follows; without it the command reads nothing.
    public var takesInput: Bool
    /// `nil` means pipes.
    public var terminal: ExecTerminal?

    public init(
        task: TaskID, container: String, command: [String], takesInput: Bool = false,
        terminal: ExecTerminal? = nil
    ) {
        self.task = task
        self.container = container
        self.command = command
        self.takesInput = takesInput
        self.terminal = terminal
    }

    /// What is wrong with the command, as the end of a sentence; `nil` when nothing is.
    public var problem: String? {
        guard let program = command.first, !program.isEmpty else { return "names no program" }
        guard command.count <= Self.wordsMaximum else {
            return "has \(command.count) words, more than \(Self.wordsMaximum)"
        }
        let bytes = command.reduce(0) { $0 + $1.utf8.count }
        guard bytes <= Self.bytesMaximum else {
            return "has \(bytes) bytes, more than \(Self.bytesMaximum)"
        }
        let isClean = command.allSatisfy { !$0.utf8.contains(0) }
        return isClean ? nil : "holds a NUL character, which no process can be given"
    }
}

/// The terminal that a command gets.
public struct ExecTerminal: Hashable, Sendable {
    /// The value of `TERM`.
    public var type: String
    public var size: TerminalSize

    public init(type: String = "xterm", size: TerminalSize = TerminalSize()) {
        self.type = type
        self.size = size
    }
}

/// In characters.
public struct TerminalSize: Hashable, Sendable {
    public var columns: UInt16
    public var rows: UInt16

    public init(columns: UInt16 = 80, rows: UInt16 = 24) {
        self.columns = columns
        self.rows = rows
    }
}

/// A message of the `Assignments` stream: run a command.
public struct ExecRequest: Hashable, Sendable {
    public var id: ExecID
    public var order: ExecOrder

    public init(id: ExecID, order: ExecOrder) {
        self.id = id
        self.order = order
    }
}

/// What goes to a command.
public enum ExecInput: Hashable, Sendable {
    /// Bytes of one message; more is sent in pieces.
    public static let dataMaximum = 64 << 10

    case data([UInt8])
    /// Nothing more is to be read.
    case end
    case resize(TerminalSize)
    /// Of a kind that a newer peer knows; it is ignored.
    case unknown
}

/// What comes of a command.
public enum ExecOutput: Hashable, Sendable {
    /// First, from the worker alone: which command it is.
    case opening(SessionID, ExecID)
    /// The program runs.
    case started
    /// With a terminal this is all output.
    case standardOutput([UInt8])
    case standardError([UInt8])
    /// It ended: 0 to 255, 128 + n when signal n ended it.
    case exited(Int32)
    /// It could not be run, or nobody knows its end: a sentence.
    case failed(String)
    /// Of a kind that a newer peer knows; it is ignored.
    case unknown

    /// Whether nothing follows.
    public var isLast: Bool {
        switch self {
        case .exited, .failed: true
        default: false
        }
    }
}
