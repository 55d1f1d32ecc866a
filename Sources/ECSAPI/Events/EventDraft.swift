import ClusterState
import Model

/// An event that is to be written: of what, and where.
struct EventDraft {
    var kind: ECSEvent.Kind
    var cluster: Model.Cluster
    /// Bits of the object's own, which ids of its events come from.
    var seed: Identifier<ECSEvent>
    var detail: Detail

    enum Detail {
        case task(ECSTask)
        case instance(Model.ContainerInstance)
        case deployment(Model.Deployment, of: Model.Service)
        case action(ServiceAction, of: Model.Service)
    }

    /// `nil` when a document that is kept of the object can't be read: then there is nothing that
    /// could be shown, and the operations that describe it answer with an error.
    func event(
        of record: ChangeRecord, account: String, state: ClusterState, cursor: EventCursor
    ) -> ECSEvent? {
        let call = Call(
            operation: .describeTasks, region: cluster.region, account: account,
            controlPlane: FrozenPlane(state: state))
        let id = Self.id(seed, cursor)
        guard let written = try? written(by: call, in: state, at: record.time) else { return nil }
        let json = Envelope(
            id: id, kind: kind, account: account,
            // To the second, as EventBridge has it.
            time: record.time.text.prefix(19) + "Z", region: cluster.region,
            resources: [written.resource], detail: written.detail
        ).bytes
        return ECSEvent(
            cursor: cursor, id: id, kind: kind, region: cluster.region, cluster: cluster.name,
            json: json)
    }

    /// A UUID of the object, the change and the place among its events: of version 8, whose bits
    /// are free.
    private static func id(_ seed: Identifier<ECSEvent>, _ cursor: EventCursor) -> String {
        var bits = SeededRandom(seed: seed.low ^ cursor.revision)
        var other = SeededRandom(seed: bits.next() ^ UInt64(cursor.part ?? 0))
        let high = (seed.high ^ bits.next()) & ~0xF000 | 0x8000
        let low = other.next() & ~(0b11 << 62) | 0b10 << 62
        return Identifier<ECSEvent>(high: high, low: low).dashed
    }

    private func written(
        by call: Call, in state: ClusterState, at time: WallTime
    ) throws(APIError) -> (resource: String, detail: any JSONWritable) {
        let arns = call.arns
        switch detail {
        case .task(let task):
            return (
                arns.task(task.id, cluster: cluster.name),
                Updated(
                    object: try call.rendered(
                        task, cluster: cluster.name, in: state, tags: true),
                    time: time)
            )
        case .instance(let instance):
            return (
                arns.instance(instance.id, cluster: cluster.name),
                Updated(
                    object: call.rendered(instance, cluster: cluster.name, in: state, tags: true),
                    cluster: arns.cluster(cluster.name), time: time)
            )
        case .deployment(let deployment, let service):
            let name = deployment.rolloutState.rawValue
            return (
                arn(of: service, arns),
                DeploymentDetail(
                    eventType: deployment.rolloutState == .failed ? .error : .info,
                    eventName: "SERVICE_DEPLOYMENT_\(name)",
                    deploymentId: deployment.id.description, updatedAt: deployment.updatedAt,
                    reason: deployment.rolloutStateReason)
            )
        case .action(let action, let service):
            return (
                arn(of: service, arns),
                ActionDetail(
                    eventType: action.level, eventName: action.name,
                    clusterArn: arns.cluster(cluster.name),
                    capacityProviderArns: action.reason == nil
                        ? nil
                        : service.capacityProviderStrategy?.map {
                            arns.capacityProvider($0.provider)
                        },
                    reason: action.reason, createdAt: time)
            )
        }
    }

    private func arn(of service: Model.Service, _ arns: ARNs) -> String {
        service.daemonName == nil
            ? arns.service(service.name, cluster: cluster.name)
            : arns.daemon(service, cluster: cluster.name)
    }
}

/// What is rendered from, where nothing is carried out.
private struct FrozenPlane: ControlPlane {
    let state: ClusterState

    func snapshot() -> ClusterState { state }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        throw APIError(.server, "Nothing can be carried out on a state of the past.")
    }
}
