public import RPC
import Synchronization
public import Wire

/// gRPC's standard health service: says whether the server, and each of its services, takes calls.
///
/// The server as a whole is the service with the empty name, and serves from the start. For use
/// from any thread.
public final class Health: Sendable {
    /// Calls of `Watch` that are open at once; one more is refused with `RESOURCE_EXHAUSTED`.
    public static let watcherMaximum = 1_000

    private let table: Mutex<HealthTable<RPCStreamWriter>>

    public init(watcherMaximum: Int = Health.watcherMaximum) {
        var table = HealthTable<RPCStreamWriter>(watcherMaximum: watcherMaximum)
        _ = table.set(.serving, of: "")
        self.table = Mutex(table)
    }

    /// Open calls of `Watch`.
    public var watcherCount: Int { table.withLock { $0.watcherCount } }

    /// Says what a service is like from now on. Without effect after ``shutDown()``.
    ///
    /// - Parameter service: `package.Service`; empty for the server as a whole.
    public func set(_ status: ServingStatus, of service: String) {
        table.withLock { table in tell(table.set(status, of: service)) }
    }

    /// Everything is `NOT_SERVING` from now on: for a server that is about to stop, before it does.
    public func shutDown() {
        table.withLock { table in tell(table.shutDown()) }
    }

    /// What a server answers for this service.
    public var methods: [RPCMethod] {
        [
            .unary(
                HealthService.check,
                inline: { [self] request, context throws(RPCError) in
                    let service = try Self.service(in: request, context)
                    guard let status = table.withLock({ $0.status(of: service) }) else {
                        throw RPCError(.notFound, "this server has no service '\(service)'")
                    }
                    return Self.encode(status)
                }),
            .serverStream(HealthService.watch) { [self] request, context, writer in
                do throws(RPCError) {
                    try watch(Self.service(in: request.span.bytes, context), writer)
                } catch {
                    writer.finish(error.status)
                }
            },
        ]
    }

    private func watch(_ service: String, _ writer: RPCStreamWriter) throws(RPCError) {
        let watch = table.withLock { table -> UInt64? in
            guard let (watch, notice) = table.watch(service, writer) else { return nil }
            tell([notice])
            return watch
        }
        guard let watch else {
            throw RPCError(.resourceExhausted, "too many calls of Watch are open: use Check")
        }
        writer.onTermination { [self] in table.withLock { $0.remove(watch) } }
    }

    /// Called with the lock held, or two changes could overtake each other on their way. A writer
    /// only stores what it is given, and calls nobody back from within.
    private func tell(_ notices: [HealthTable<RPCStreamWriter>.Notice]) {
        for notice in notices where notice.watcher.send(Self.encode(notice.status)) == .overflow {
            notice.watcher.finish(
                RPCStatus(.resourceExhausted, "the client reads too slowly: watch again"))
        }
    }

    private static func service(
        in request: RawSpan, _ context: RPCContext
    ) throws(RPCError) -> String {
        do throws(WireError) {
            return try WireCodec.decodeHealthCheckRequest(request).service
        } catch {
            throw context.undecodable(error)
        }
    }

    private static func encode(_ status: ServingStatus) -> [UInt8] {
        // One number always fits into a message.
        (try? WireCodec.encode(HealthCheckResponse(status: status))) ?? []
    }
}
