import ClusterState
import ECSAPI
import Events
import HTTPTypes
import Hummingbird
import ManagerCore
import Model
import NIOCore
import Signing
import Telemetry

/// What is served where.
struct Endpoints: Sendable {
    let configuration: APIServer.Configuration
    let controlPlane: any ControlPlane
    let ecs: ECSEndpoint
    let cloudWatchLogs: CloudWatchLogsEndpoint
    let sts: STSEndpoint
    let status: StatusEndpoint
    let access: WorkerAccessEndpoint
    let keys: AccessKeyEndpoint
    let resetting: ResetEndpoint
    let gate: Gate
    let advice: AdviceEndpoint
    let past: PastEndpoint
    let metrics: PrometheusMetrics
    let inquiries: Inquiries
    let streams: EventStreams?
    let execs: ExecStreams
    let logs: LogStreams
    /// Of strict mode.
    let throttle: RequestThrottle?

    init(
        configuration: APIServer.Configuration, controlPlane: some ControlPlane,
        keepers: (tokens: (any JoinTokenMaker)?, keys: (any AccessKeyKeeper)?),
        workers: (commands: (any CommandRunner)?, logs: (any LogReader)?), past: (any Past)?,
        events: EventHub?, metrics: PrometheusMetrics
    ) {
        let bounded = BoundedControlPlane(
            controlPlane, writesMaximum: configuration.limits.writesMaximum)
        self.configuration = configuration
        self.controlPlane = bounded
        self.metrics = metrics
        streams = events.map { EventStreams(hub: $0, limits: configuration.limits) }
        execs = ExecStreams(
            endpoint: ExecEndpoint(
                account: configuration.account, defaultRegion: configuration.defaultRegion,
                controlPlane: bounded, runner: workers.commands), limits: configuration.limits)
        logs = LogStreams(
            endpoint: LogEndpoint(
                account: configuration.account, defaultRegion: configuration.defaultRegion,
                controlPlane: bounded, reader: workers.logs), limits: configuration.limits)
        inquiries = Inquiries(maximum: configuration.limits.inquiriesMaximum)
        throttle = configuration.isStrict ? RequestThrottle() : nil
        ecs = ECSEndpoint(
            account: configuration.account, controlPlane: bounded, isStrict: configuration.isStrict)
        cloudWatchLogs = CloudWatchLogsEndpoint(
            account: configuration.account, controlPlane: bounded, reader: workers.logs,
            now: { [now = configuration.now] in
                WallTime(milliseconds: now().seconds * 1_000)
            }, isEnding: { [logs] in logs.isClosed })
        sts = STSEndpoint(account: configuration.account)
        status = StatusEndpoint(
            account: configuration.account, defaultRegion: configuration.defaultRegion,
            controlPlane: bounded)
        access = WorkerAccessEndpoint(
            defaultRegion: configuration.defaultRegion, controlPlane: bounded,
            maker: keepers.tokens)
        keys = AccessKeyEndpoint(controlPlane: bounded, keeper: keepers.keys)
        resetting = ResetEndpoint(
            controlPlane: bounded, isEnabled: configuration.settings.allowsReset)
        gate = Gate(
            account: configuration.account, limits: configuration.limits, controlPlane: bounded,
            keeper: keepers.keys, now: configuration.now)
        self.past = PastEndpoint(
            account: configuration.account, defaultRegion: configuration.defaultRegion,
            snapshot: { bounded.snapshot() }, past: past)
        advice = AdviceEndpoint(
            account: configuration.account, defaultRegion: configuration.defaultRegion,
            settings: configuration.settings, controlPlane: bounded, states: self.past,
            past: past)
    }

    func router() -> Router<Context> {
        let router = Router(context: Context.self)
        // First: it stands before the routes that come after it.
        router.add(middleware: gate)
        router.post("/") { request, context in await aws(request, context) }
        router.get("/") { _, _ in
            Response.text(
                .ok, "Muster speaks the Amazon ECS API here: set AWS_ENDPOINT_URL to it.\n")
        }
        let usage = UsageMetrics(controlPlane: controlPlane)
        router.addProbes(metrics: metrics, answerLimit: configuration.limits.answer) {
            await offLoop { usage.readings() }
        }
        addOwnOperations(to: router)
        return router
    }

    /// The service is told by `X-Amz-Target`, or else by the `Action` of a form.
    private func aws(_ request: Request, _ context: Context) async -> Response {
        await withBody(request, context) { body, id in
            guard let target = request.headers[.amzTarget] else {
                return query(body, id)
            }
            guard let region = Region.of(request.headers, default: configuration.defaultRegion)
            else {
                return .awsError(
                    status: .badRequest, type: "IncompleteSignatureException",
                    message: "The Authorization header has no usable credential scope: "
                        + "Credential=<key>/<date>/<region>/ecs/aws4_request is expected.", id)
            }
            return await answerJSON(id) { () async throws(APIError) in
                try await perform(target, region: region, body)
            }
        }
    }

    /// The service is told by what comes before the operation.
    private func perform(
        _ target: String, region: String, _ body: [UInt8]
    ) async throws(APIError) -> [UInt8] {
        if target.hasPrefix(CloudWatchLogsEndpoint.targetPrefix) {
            let operation = String(target.dropFirst(CloudWatchLogsEndpoint.targetPrefix.count))
            return try await logs.look { () async throws(APIError) in
                try await cloudWatchLogs.perform(operation, region: region, body: body)
            }
        }
        guard target.hasPrefix(ECSEndpoint.targetPrefix) else {
            throw APIError(
                .unknownOperation,
                "Muster has no service for target '\(target.prefix(128))'; it has ECS and a part "
                    + "of CloudWatch Logs.")
        }
        let operation = String(target.dropFirst(ECSEndpoint.targetPrefix.count))
        try throttle?.admit(operation, region: region)
        // A list may look through all there is to find what it is asked for.
        guard operation.hasPrefix("List") else {
            return try await ecs.perform(operation, region: region, body: body)
        }
        return try await offLoop { () async throws(APIError) in
            try await ecs.perform(operation, region: region, body: body)
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

    func answerJSON(
        _ id: String, _ perform: () async throws(APIError) -> [UInt8]
    ) async -> Response {
        do {
            let body = try await perform()
            return .json(.ok, body, id)
        } catch {
            return .awsError(error, id)
        }
    }
}
