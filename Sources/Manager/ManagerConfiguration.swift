public import Identity
public import Journal
public import ManagerCore

/// What workers have to prove, and what is proved to them.
public enum WorkerSecurity: Hashable, Sendable {
    /// TLS with certificates of the manager's own authority, which workers get with a join token.
    case mutualTLS
    /// Nothing: whoever reaches the port is believed.
    case plaintext
}

/// How a manager runs.
public struct ManagerConfiguration: Sendable {
    /// The folder that holds its journal; made if it is missing.
    public var dataFolder: String
    /// Where workers reach it.
    public var workerHost = "127.0.0.1"
    /// 0 takes a free port.
    public var workerPort = 4_567
    public var security = WorkerSecurity.mutualTLS
    /// Whether it may only run with an access key, since others than this machine reach the API.
    public var demandsAccessKey = false
    public var settings = ManagerSettings()
    /// How many of the newest changes stay readable as history.
    public var historyRecords = Journal.Limits().history
    /// How long changes stay readable as history.
    public var historyAge = Journal.Limits().historyAge
    /// Event loops for the workers' connections; one a core unless set.
    public var networkLoops: Int?

    public init(dataFolder: String) {
        self.dataFolder = dataFolder
    }

    /// Events waiting for the core. Beyond it API calls are throttled and workers are told to try
    /// again.
    public static let inboxMaximum = 20_000
    /// Batches given to the journal and not yet durable, and their records. Beyond it the inbox
    /// waits.
    package static let unsettledMaximum = CoreLoop.Bounds(batches: 64, records: 20_000)
    /// Events that become one batch.
    public static let eventsPerBatchMaximum = 1_000
    /// Bytes of assignments that wait for one worker to read them: they must hold its complete set.
    public static let assignmentsMaximum = 32 << 20
    /// The same with all other answers on a connection, and with what is already on its way.
    public static let connectionBufferMaximum = 40 << 20
    /// Calls at a time on one connection: a worker has a handful and one for each command, and each
    /// may hold memory.
    public static let streamsPerConnectionMaximum = 32
    /// Bytes that wait on one stream of a client: of a command's output, and of small questions to
    /// reflection, which anyone may ask.
    public static let requestBufferMaximum = 64 << 10
}

/// Why a manager could not start, or had to stop.
public enum ManagerError: Error, Sendable, CustomStringConvertible {
    /// The data folder can't be used; the text says why and what to do.
    case data(JournalError)
    /// The certificate authority can't be used; the text says why and what to do.
    case identity(IdentityError)
    /// Others would reach an API that nobody needs a key for.
    case noAccessKey
    /// The address for workers can't be had.
    case listen(String)
    /// The journal failed while running. The manager stops rather than acknowledge what it can't
    /// keep.
    case journalFailed(String)

    public var description: String {
        switch self {
        case .data(let reason): reason.description
        case .identity(let reason): reason.description
        case .noAccessKey:
            "the API would be open to other machines, and there is no access key to sign requests "
                + "with"
        case .listen(let text): text
        case .journalFailed(let text): "the journal failed, so the manager stops: \(text)"
        }
    }
}
