import CRI
import Logging
import NIOCore
import RPC
import Wire

/// Calls of containerd by its socket. While there is no containerd, as during its restart, calls
/// wait for it within their time, and so they do while it still finds its containers again.
struct CRIClient: Sendable {
    /// How long a call may take that has nothing to wait for. A host that starts many containers
    /// answers slowly.
    static let usual = Duration.seconds(60)
    /// From one attempt to the next.
    static let pause = Duration.milliseconds(50)

    /// Whose containers are meant: CRI's, which containerd's own calls have to be told.
    private static let namespace = {
        var metadata = RPCMetadata()
        metadata.add("containerd-namespace", "k8s.io")
        return metadata
    }()

    let channel: RPCChannel

    init(socket: String, group: any EventLoopGroup, logger: Logger) {
        var configuration = RPCChannelConfiguration()
        configuration.backoff.initial = .milliseconds(50)
        configuration.backoff.maximum = .seconds(1)
        configuration.connection.responseMaximum = CRILimits.messageMaximum
        // Every stop is a call that lasts until its container has ended.
        configuration.connection.concurrentCallMaximum = 4_096
        configuration.waitingCallMaximum = 4_096
        configuration.idleTimeout = nil
        channel = RPCChannel(
            targets: [.unix(path: socket)], group: group, configuration: configuration,
            logger: logger)
    }

    /// Makes one attempt. `UNAVAILABLE` leaves open whether it was done.
    func once<Request: CRIMessage, Answer: CRIMessage>(
        _ method: CRIMethod, _ request: Request, timeout: Duration = CRIClient.usual
    ) async throws(RPCError) -> Answer {
        let bytes = try await send(method, request, timeout: timeout)
        do throws(WireError) {
            return try Answer.decoded(bytes)
        } catch {
            throw RPCError(.internalError, "can't understand containerd's answer: \(error)")
        }
    }

    /// The same where the answer says nothing.
    func once(
        _ method: CRIMethod, _ request: some CRIMessage, timeout: Duration = CRIClient.usual
    ) async throws(RPCError) {
        _ = try await send(method, request, timeout: timeout)
    }

    /// For what may be done twice: tries again while containerd is away.
    func call<Request: CRIMessage, Answer: CRIMessage>(
        _ method: CRIMethod, _ request: Request, timeout: Duration = CRIClient.usual
    ) async throws(RPCError) -> Answer {
        try await Self.persistently(timeout) { (rest) throws(RPCError) in
            try await once(method, request, timeout: rest)
        }
    }

    func call(
        _ method: CRIMethod, _ request: some CRIMessage, timeout: Duration = CRIClient.usual
    ) async throws(RPCError) {
        try await Self.persistently(timeout) { (rest) throws(RPCError) in
            try await once(method, request, timeout: rest)
        }
    }

    /// Does `work` again while it ends with `UNAVAILABLE` and there is time.
    static func persistently<Value>(
        _ timeout: Duration, _ work: (_ rest: Duration) async throws(RPCError) -> Value
    ) async throws(RPCError) -> Value {
        let end = ContinuousClock.now + timeout
        while true {
            do throws(RPCError) {
                return try await work(max(end - .now, .milliseconds(1)))
            } catch {
                guard error.code == .unavailable, ContinuousClock.now + pause < end,
                    !Task.isCancelled
                else { throw error }
            }
            try? await Task.sleep(for: pause)
        }
    }

    private func send(
        _ method: CRIMethod, _ request: some CRIMessage, timeout: Duration
    ) async throws(RPCError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(WireError) {
            bytes = try request.encoded()
        } catch {
            throw RPCError(.invalidArgument, "\(error)")
        }
        let end = ContinuousClock.now + timeout
        while true {
            let rest = max(end - .now, .milliseconds(1))
            do throws(RPCError) {
                return try await channel.unary(
                    method.rawValue, bytes,
                    options: RPCCallOptions(timeout: rest, metadata: Self.namespace),
                    waitForReady: true
                ).message
            } catch {
                guard error.saysNotYet else { throw error }
                guard ContinuousClock.now + Self.pause < end, !Task.isCancelled else {
                    throw RPCError(.unavailable, error.message)
                }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }
}

extension RPCError {
    /// Whether containerd serves already, but does nothing yet: after its start it answers so until
    /// it has found its containers again, which takes seconds on a full host.
    fileprivate var saysNotYet: Bool {
        code == .unknown && message.contains("server is not initialized yet")
    }
}
