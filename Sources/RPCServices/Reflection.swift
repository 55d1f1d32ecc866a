public import RPC
public import Wire

/// gRPC's standard server reflection, in the versions v1 and v1alpha: tells tools which services a
/// server has and what their messages look like, so that they can call them without a .proto file.
public struct Reflection: Sendable {
    private let index: ReflectionIndex

    /// - Parameters:
    ///   - files: those that describe the server's services, with all that they import. The files
    ///     of reflection itself are added.
    ///   - services: the services that are listed, when the server does not have all of the files'.
    public init(files: [ProtoFile], services: [String]? = nil) {
        let own: [ProtoFile] = [.reflection, .reflectionAlpha]
        index = ReflectionIndex(
            files: files + own,
            services: (services ?? files.flatMap(\.services)) + own.flatMap(\.services))
    }

    /// What a server answers for this service.
    public var methods: [RPCMethod] {
        [ReflectionService.info, ReflectionService.infoAlpha].map { path in
            .stream(path) { requests, context, writer async throws(RPCError) in
                for try await request in requests {
                    try await writer.write(answer(request, context))
                }
            }
        }
    }

    private func answer(
        _ request: [UInt8], _ context: RPCContext
    ) throws(RPCError) -> [UInt8] {
        do throws(WireError) {
            let request = try WireCodec.decodeReflectionRequest(request)
            return try WireCodec.encode(index.answer(request))
        } catch {
            throw context.undecodable(error)
        }
    }
}
