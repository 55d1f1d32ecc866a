import MetadataEndpoint
import Model
import RPC
import Wire
import WorkerCore

/// The worker protocol's calls on one connection, each answered with an event for the core. The
/// core has deadlines of its own for all of them; the one here only sees that nothing stays for
/// ever.
struct ManagerCalls: Sendable {
    static let timeout = Duration.seconds(60)
    /// A container waits for it, as long as for ECS's agent.
    static let protectionTimeout = Duration.seconds(4)
    /// The next measurement is on its way then.
    static let usageTimeout = Duration.seconds(10)

    let connection: RPCClientConnection

    func register(_ call: CallID, _ registration: Registration) async -> WorkerCore.Event {
        await answer(call) {
            let request = try WireCodec.encode(registration)
            let reply = try await connection.unary(
                WorkerService.register, request, timeout: Self.timeout)
            return .registered(call, try WireCodec.decodeRegistered(reply))
        }
    }

    func heartbeat(_ call: CallID, _ heartbeat: Heartbeat) async -> WorkerCore.Event {
        await answer(call) {
            let request = try WireCodec.encode(heartbeat)
            _ = try await connection.unary(WorkerService.heartbeat, request, timeout: Self.timeout)
            return .heartbeatAnswered(call)
        }
    }

    func report(
        _ call: CallID, _ session: SessionID, _ reports: [TaskReport]
    ) async -> WorkerCore.Event {
        await answer(call) {
            let request = try WireCodec.encode(StatusReport(session: session, tasks: reports))
            _ = try await connection.unary(
                WorkerService.reportStatus, request, timeout: Self.timeout)
            return .reportAnswered(call)
        }
    }

    /// What is lost is not sent again.
    func reportUsage(_ report: UsageReport) async {
        guard let request = try? WireCodec.encode(report) else { return }
        _ = try? await connection.unary(
            WorkerService.reportUsage, request, timeout: Self.usageTimeout)
    }

    func protection(
        of task: TaskID, _ change: TaskProtectionChange?, in session: SessionID
    ) async -> Question.Protection {
        do {
            let request = try WireCodec.encode(
                ProtectTask(session: session, task: task, change: change))
            let reply = try await connection.unary(
                WorkerService.protectTask, request, timeout: Self.protectionTimeout)
            return .success(try WireCodec.decodeTaskProtectionAnswer(reply))
        } catch let error as RPCError where error.code == .deadlineExceeded {
            return .failure(
                ProtectionProblem(.timedOut, "Timed out calling ECS Task Protection API"))
        } catch {
            let refusal = Self.refusal(error)
            let kind: ProtectionProblem.Kind =
                switch refusal.code {
                case .invalidArgument: .invalid
                case .notFound: .notFound
                default: .unavailable
                }
            return .failure(ProtectionProblem(kind, refusal.message))
        }
    }

    func renew(_ call: CallID, _ joining: Joining?) async -> WorkerCore.Event {
        await answer(call) {
            guard let joining else {
                throw WorkerRefusal(.unavailable, "the worker has no certificate")
            }
            return .renewed(call, try await joining.renew(over: connection))
        }
    }

    /// Opens the stream; ``follow(_:_:into:)`` reads it.
    func assignments(_ session: SessionID) throws(WireError) -> RPCResponseStream {
        connection.serverStream(
            WorkerService.assignments,
            try WireCodec.encode(AssignmentsRequest(session: session)))
    }

    /// Hands each message to the core, one at a time, and then the stream's end.
    static func follow(
        _ stream: RPCResponseStream, _ call: CallID, into inbox: Inbox
    ) async {
        let end: WorkerRefusal
        do {
            for try await message in stream {
                await inbox.deliver(
                    .assignments(call, try WireCodec.decodeAssignmentUpdate(message)))
            }
            end = WorkerRefusal(.unavailable, "the manager ended the stream")
        } catch {
            end = refusal(error)
        }
        stream.cancel()
        inbox.post(.failed(call, end))
    }

    private func answer(
        _ call: CallID, _ body: () async throws -> WorkerCore.Event
    ) async -> WorkerCore.Event {
        do {
            return try await body()
        } catch {
            return .failed(call, Self.refusal(error))
        }
    }

    /// What a failed call means to the core. A message of ours that can't be encoded is a bound
    /// that was hit or a wrong value; anything else that is no refusal is a manager that can't be
    /// reached.
    static func refusal(_ error: any Error) -> WorkerRefusal {
        switch error {
        case let refusal as WorkerRefusal: return refusal
        case let error as RPCError:
            let code = WorkerRefusal.Code(statusCode: error.code.rawValue) ?? .unavailable
            return WorkerRefusal(code, error.message.isEmpty ? "\(error.code)" : error.message)
        case WireError.tooLarge(let message, let bytes, let maximum):
            return WorkerRefusal(
                .exhausted,
                WireError.tooLarge(message: message, bytes: bytes, maximum: maximum).description)
        case let error as WireError:
            return WorkerRefusal(.invalidArgument, error.description)
        default:
            return WorkerRefusal(.unavailable, "\(error)")
        }
    }
}
