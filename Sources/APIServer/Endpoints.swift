import ECSAPI
import Foundation
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Telemetry

/// What is served where.
struct Endpoints: Sendable {
    let configuration: APIServer.Configuration
    let ecs: ECSEndpoint
    let sts: STSEndpoint
    let status: StatusEndpoint
    let access: WorkerAccessEndpoint
    let metrics: PrometheusMetrics

    init(
        configuration: APIServer.Configuration, controlPlane: some ControlPlane,
        tokens: (any JoinTokenMaker)?, metrics: PrometheusMetrics
    ) {
        let bounded = BoundedControlPlane(
            controlPlane, writesMaximum: configuration.limits.writesMaximum)
        self.configuration = configuration
        self.metrics = metrics
        ecs = ECSEndpoint(account: configuration.account, controlPlane: bounded)
        sts = STSEndpoint(account: configuration.account)
        status = StatusEndpoint(
            account: configuration.account, defaultRegion: configuration.defaultRegion,
            controlPlane: bounded)
        access = WorkerAccessEndpoint(
            defaultRegion: configuration.defaultRegion, controlPlane: bounded, maker: tokens)
    }

    func router() -> Router<Context> {
        let router = Router(context: Context.self)
        router.post("/") { request, context in await aws(request, context) }
        router.get("/") { _, _ in
            Response.text(
                .ok, "Muster speaks the Amazon ECS API here: set AWS_ENDPOINT_URL to it.\n")
        }
        router.addProbes(metrics: metrics, answerLimit: configuration.limits.answer)
        router.get("/muster/v1/status") { _, _ in
            await answerJSON(RequestID.next()) { () throws(APIError) in
                try status.status(at: Self.now())
            }
        }
        router.post("/muster/v1/mass-silence") { request, context in
            await withBody(request, context) { body, id in
                await answerJSON(id) { () async throws(APIError) in
                    try await status.resolveMassSilence(body)
                }
            }
        }
        addAccess(to: router)
        return router
    }

    /// Who may be a worker.
    private func addAccess(to router: Router<Context>) {
        router.get("/muster/v1/join-tokens") { _, _ in
            await answerJSON(RequestID.next()) { () throws(APIError) in
                try access.tokens(at: Self.now())
            }
        }
        router.post("/muster/v1/join-tokens") { request, context in
            await withBody(request, context) { body, id in
                await answerJSON(id) { () async throws(APIError) in
                    try await access.createToken(body)
                }
            }
        }
        router.post("/muster/v1/join-tokens/revoke") { request, context in
            await withBody(request, context) { body, id in
                await answerJSON(id) { () async throws(APIError) in
                    try await access.revokeToken(body)
                }
            }
        }
        router.post("/muster/v1/workers/revoke") { request, context in
            await withBody(request, context) { body, id in
                await answerJSON(id) { () async throws(APIError) in
                    try await access.revokeWorker(body, at: Self.now())
                }
            }
        }
        router.post("/muster/v1/workers/redirect") { request, context in
            await withBody(request, context) { body, id in
                await answerJSON(id) { () async throws(APIError) in
                    try await access.redirectWorkers(body)
                }
            }
        }
    }

    /// The service is told by `X-Amz-Target`, or else by the `Action` of a form.
    private func aws(_ request: Request, _ context: Context) async -> Response {
        await withBody(request, context) { body, id in
            guard let target = request.headers[.amzTarget] else {
                return query(body, id)
            }
            guard target.hasPrefix(ECSEndpoint.targetPrefix) else {
                return .awsError(
                    APIError(
                        .unknownOperation,
                        "Muster has no service for target '\(target.prefix(128))'; it has ECS."),
                    id)
            }
            guard let region = Region.of(request.headers, default: configuration.defaultRegion)
            else {
                return .awsError(
                    status: .badRequest, type: "IncompleteSignatureException",
                    message: "The Authorization header has no usable credential scope: "
                        + "Credential=<key>/<date>/<region>/ecs/aws4_request is expected.", id)
            }
            let operation = String(target.dropFirst(ECSEndpoint.targetPrefix.count))
            return await answerJSON(id) { () async throws(APIError) in
                try await ecs.perform(operation, region: region, body: body)
            }
        }
    }

    private func query(_ body: [UInt8], _ id: String) -> Response {
        do {
            let form = Form.decode(String(decoding: body, as: UTF8.self))
            return .xml(.ok, try sts.perform(form, requestID: id), id)
        } catch {
            return .xml(.badRequest, error.xml(requestID: id), id)
        }
    }

    private func answerJSON(
        _ id: String, _ perform: () async throws(APIError) -> [UInt8]
    ) async -> Response {
        do {
            let body = try await perform()
            return .json(.ok, body, id)
        } catch {
            return .awsError(error, id)
        }
    }

    private static func now() -> WallTime {
        WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}
