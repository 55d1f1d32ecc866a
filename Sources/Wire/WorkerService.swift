public import Model

/// The names of the worker protocol in gRPC.
public enum WorkerService {
    public static let join = "/muster.v1.Worker/Join"
    public static let renew = "/muster.v1.Worker/Renew"
    public static let register = "/muster.v1.Worker/Register"
    public static let assignments = "/muster.v1.Worker/Assignments"
    public static let heartbeat = "/muster.v1.Worker/Heartbeat"
    public static let reportStatus = "/muster.v1.Worker/ReportStatus"
    public static let exec = "/muster.v1.Worker/Exec"
    public static let logs = "/muster.v1.Worker/Logs"
    public static let reportUsage = "/muster.v1.Worker/ReportUsage"
    public static let protectTask = "/muster.v1.Worker/ProtectTask"
}

extension WorkerRefusal.Code {
    /// The number of the gRPC status that stands for the code.
    public var statusCode: Int {
        switch self {
        case .invalidArgument: 3
        case .notFound: 5
        case .alreadyExists: 6
        case .permissionDenied: 7
        case .exhausted: 8
        case .staleSession: 9
        case .unavailable: 14
        case .unauthenticated: 16
        }
    }

    /// The code that a gRPC status number stands for; `nil` for a status that is no refusal.
    public init?(statusCode: Int) {
        switch statusCode {
        case 3: self = .invalidArgument
        case 5: self = .notFound
        case 6: self = .alreadyExists
        case 7: self = .permissionDenied
        case 8: self = .exhausted
        case 9: self = .staleSession
        case 14: self = .unavailable
        case 16: self = .unauthenticated
        default: return nil
        }
    }
}
