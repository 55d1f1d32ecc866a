import ClusterState
import HashTreeCollections
import Model

/// A fresh account for the next test of a suite.
///
/// All objects of all regions go, and with them everything that was waited for: the core becomes
/// one that was just started on what is left. That is who may do what: access keys, join tokens and
/// the identities of workers. A cluster that a worker or a token belongs to comes back, new and
/// empty, so that its workers can. Sessions end, so that every worker registers anew, is told that
/// it has no task, and stops what it ran.
extension ManagerCore {
    mutating func reset() throws(APIError) -> Outcome {
        guard settings.allowsReset else {
            throw APIError(
                .unsupportedFeature,
                "This manager was not started with --enable-test-reset: it forgets nothing.")
        }
        let clusters = clustersOfWorkers()
        let connected = Set(sessions.values.map(\.agent))
        for instance in state.instances.keys.sorted() {
            // One that was awaited since the start has a lease without a session.
            guard sessions[instance] == nil else {
                endSession(of: instance)
                continue
            }
            effects.leases.append(.close(Lease(instance: instance, session: nil)))
        }
        for change in removals(keeping: Set(clusters.map(\.id))) { record(change) }
        for cluster in clusters {
            record(
                .cluster(
                    Cluster(
                        id: cluster.id, region: cluster.region, name: cluster.name,
                        settings: clusterSettings([], in: cluster.region), createdAt: now.wall)))
        }
        startAnew(knowing: attempts.filter { connected.contains($0.key) })
        awaitedClusters = Set(clusters.map(\.id))
        notice(.warning, "everything was reset")
        return .done
    }

    /// By id: those that a worker may come back to, or a new one join.
    private func clustersOfWorkers() -> [Cluster] {
        // Workers may not be back yet from the reset before.
        var kept = awaitedClusters
        for instance in state.instances.values
        where instance.status != .inactive && !instance.isDeclared {
            kept.insert(instance.cluster)
        }
        for worker in state.workers.values where worker.revokedAt == nil {
            kept.insert(worker.cluster)
        }
        for token in state.joinTokens.values where token.standing(at: now.wall) == .valid {
            kept.insert(token.cluster)
        }
        return kept.sorted().compactMap { state.clusters[$0] }.filter { $0.status == .active }
    }

    /// From the leaves to the roots, each kind in the order of its keys.
    private func removals(keeping clusters: Set<ClusterID>) -> [Change] {
        var changes: [Change] = state.tasks.keys.sorted().map { .removeTask($0) }
        changes += state.serviceDeployments.keys.sorted().map { .removeServiceDeployment($0) }
        changes += state.serviceRevisions.keys.sorted().map { .removeServiceRevision($0) }
        changes += state.services.keys.sorted().map { .removeService($0) }
        changes += state.instances.keys.sorted().map { .removeInstance($0) }
        changes += state.definitions.keys.sorted().map { .removeTaskDefinition($0) }
        changes += state.capacityProviders.keys.sorted().map { .removeCapacityProvider($0) }
        changes += state.accountSettings.keys.sorted().map { .removeAccountSetting($0) }
        changes += state.logGroups.keys.sorted().map { .removeLogGroup($0) }
        changes += state.clusters.keys.sorted().filter { !clusters.contains($0) }
            .map { .removeCluster($0) }
        return changes
    }

    /// Forgets timers, throttles, holds and whatever else is true only of this run, by not taking
    /// it over.
    private mutating func startAnew(knowing attempts: [AgentID: UInt64]) {
        var fresh = ManagerCore(
            state: state, settings: settings, seed: 0, startedAt: startedAt, now: now)
        fresh.random = random
        fresh.effects = effects
        fresh.attempts = attempts
        self = fresh
        recover()
        cause = "Reset"
    }
}
