import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

/// What a test says and asks of deployments.
extension Story {
    /// A service with a task on each instance, of the family of its name.
    func serveEverywhere(
        _ name: String, min: Int = 0, constraints: [PlacementConstraint] = [],
        breaker: CircuitBreakerSettings = .init()
    ) throws {
        if state.families(region: "us-east-1").contains(name) == false { try define(name) }
        let request = CreateService(
            service: Self.service(name), taskDefinition: Self.definition(name),
            schedulingStrategy: .daemon, desiredCount: 0,
            deploymentConfiguration: DeploymentConfiguration(
                minimumHealthyPercent: min, maximumPercent: 100, circuitBreaker: breaker),
            placementConstraints: constraints)
        try apply(.createService(request))
    }

    /// Defines a revision and rolls it out.
    func release(_ name: String, cpu: Int = 256) throws {
        try define(name, cpu: cpu)
        try update(name, to: state.lastRevision(of: name, region: "us-east-1"))
    }

    /// What becomes of tasks on all workers, by their revision.
    func fate(_ fate: @escaping (Int) -> ToyWorker.Fate) {
        for worker in workers { worker.fate = { fate($0.revision) } }
    }

    /// A service's deployments, newest first: `2 FAILED, 1 COMPLETED` by revision.
    func deployments(_ name: String) throws -> String {
        try service(name).deployments.map { deployment in
            "\(deployment.taskDefinition.revision) \(deployment.rolloutState.rawValue)"
        }.joined(separator: ", ")
    }

    /// The records of a service's deployments, oldest first: `1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL`.
    func records(_ name: String) throws -> String {
        state.serviceDeployments(of: try service(name).id).reversed().map { record in
            let revision = state.serviceRevisions[record.target]?.taskDefinition.revision ?? 0
            return "\(revision) \(record.status.rawValue)"
        }.joined(separator: ", ")
    }

    /// How many tasks of each revision run: `1x3 2x1`.
    func running(_ name: String) throws -> String {
        let live = try tasks(name).filter {
            $0.lastStatus == .running && $0.desiredStatus == .running
        }
        return Set(live.map(\.definition.revision)).sorted()
            .map { revision in "\(revision)x\(live.count { $0.definition.revision == revision })" }
            .joined(separator: " ")
    }

    func end(_ name: String, _ stop: ServiceDeploymentStop, of revision: Int) -> Command {
        let id = (try? service(name).id).flatMap { id in
            state.serviceDeployments(of: id).first {
                state.serviceRevisions[$0.target]?.taskDefinition.revision == revision
            }?.id
        }
        return .stopServiceDeployment(
            ServiceDeploymentReference(
                service: Self.service(name), id: id ?? ServiceDeploymentID(high: 0, low: 0)),
            stop)
    }
}
