public import Model
public import TaskLifecycle

/// One connection to a manager, as the core numbers them; never used again.
public struct LinkID: Hashable, Sendable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }

    public var description: String { "link \(number)" }
}

/// One call or stream, as the core numbers them; never used again. An answer that names a call
/// which the core no longer waits for changes nothing.
public struct CallID: Hashable, Sendable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }

    public var description: String { "call \(number)" }
}

extension WorkerCore {
    /// What can happen to a worker.
    public enum Event: Hashable, Sendable {
        /// The agent runs, and this is what the runtime holds. Comes once and first.
        case started([RecoveredTask])
        case connected(LinkID)
        /// The worker has a certificate, on disk, that connections are made with from now on.
        case joined(LinkID, CertificateTimes)
        case joinFailed(LinkID, WorkerRefusal)
        /// The connection could not be made, or ended. Also after ``Effect/disconnect(_:)``.
        case disconnected(LinkID, reason: String)
        case registered(CallID, Registered)
        /// The identity is on disk.
        case identitySaved(InstanceID)
        case identityNotSaved(InstanceID, reason: String)
        /// A message of the stream that the call opened.
        case assignments(CallID, AssignmentUpdate)
        case heartbeatAnswered(CallID)
        /// The manager has the reports on disk.
        case reportAnswered(CallID)
        /// The next certificate is on disk; connections are made with it from now on.
        case renewed(CallID, CertificateTimes)
        /// The call was refused, could not be made, or, for a stream, ended.
        case failed(CallID, WorkerRefusal)
        /// The runtime answered an action or told what happened by itself.
        case task(TaskID, TaskInput)
        /// What all running containers used since the last time.
        case measured([ContainerUsage])
        /// The agent has looked at the runtime and the disk: what is wrong with them, `nil` where
        /// nothing is. Comes every few seconds.
        case examined(runtime: String?, disk: String?)
        /// The time of the newest ``Effect/wake(at:)`` has come.
        case woke
        /// The agent is to end: leaving its containers running, or stopping them all first and
        /// waiting for that no longer than `within`.
        case shutDown(stopTasks: Bool, within: Duration)
    }
}
