public import Model

/// What `muster exec` asks for, as JSON.
public struct ExecQuestion: Codable, Hashable, Sendable {
    /// A task's id or the beginning of it, or an ARN.
    public var task: String
    /// May be left out of a task with one container.
    public var container: String?
    public var cluster: String?
    public var region: String?
    /// The program and its arguments.
    public var command: [String]
    /// Whether it reads what is sent; left out it does not.
    public var input: Bool?
    /// Left out it has pipes.
    public var terminal: Terminal?
    /// Makes its request another than one that asks for the same: a signature counts once.
    public var nonce: String?

    public struct Terminal: Codable, Hashable, Sendable {
        /// The value of TERM.
        public var type: String
        public var columns: UInt16
        public var rows: UInt16

        public init(_ terminal: ExecTerminal) {
            type = terminal.type
            columns = terminal.size.columns
            rows = terminal.size.rows
        }
    }

    public init(
        task: String, container: String? = nil, cluster: String? = nil, region: String? = nil,
        command: [String], input: Bool = false, terminal: ExecTerminal? = nil
    ) {
        self.task = task
        self.container = container
        self.cluster = cluster
        self.region = region
        self.command = command
        self.input = input
        self.terminal = terminal.map { Terminal($0) }
    }

    /// - Throws: What is wrong with it.
    func execTerminal() throws(APIError) -> ExecTerminal? {
        guard let terminal else { return nil }
        let isPlain = terminal.type.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPlain, (1...64).contains(terminal.type.utf8.count) else {
            throw APIError(
                .invalidParameter, "A terminal's type is a word of at most 64 characters.")
        }
        return ExecTerminal(
            type: terminal.type,
            size: TerminalSize(columns: terminal.columns, rows: terminal.rows))
    }
}
