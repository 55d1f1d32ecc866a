import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// Replacements that wait because so much of a cluster fell silent at once that the fault is likely
/// the manager's own.
struct MassSilenceHold: Sendable {
    /// Silent instances whose tasks are neither well nor given up.
    var silent: OrderedSet<InstanceID>
    var until: Instant
}

/// Workers that fell silent, and what becomes of their tasks (DESIGN section 5).
extension ManagerCore {
    mutating func hear(_ silence: Silence) {
        cause = "lease expired"
        var lost: OrderedDictionary<ClusterID, [InstanceID]> = [:]
        for lease in silence.expired {
            guard sessions[lease.instance]?.id == lease.session else { continue }
            endSession(of: lease.instance)
            guard let instance = state.instances[lease.instance] else { continue }
            fellSilent(lease.instance, for: silence.silentFor[lease.instance] ?? .zero)
            update(instance.id) { $0.agentConnected = false }
            if instance.status == .inactive {
                giveUp(instance.id, because: Self.silenceReason)
            } else {
                lost[instance.cluster, default: []].append(instance.id)
            }
            notice(
                .warning, "worker lost",
                ["worker": instance.name, "instance": "\(instance.id)"])
        }
        for (id, instances) in lost {
            reconsiderDaemons(of: id)
            guard let cluster = state.clusters[id] else { continue }
            if cluster.failover == .aws { continue }
            if holds[id] != nil || isMassSilence(of: instances, late: silence.late, in: cluster) {
                hold(instances, of: cluster)
            } else {
                instances.forEach { giveUp($0, because: Self.silenceReason) }
            }
        }
    }

    /// Whether more than half of a cluster of some size went silent within one lease.
    private func isMassSilence(
        of expired: [InstanceID], late: [InstanceID], in cluster: Cluster
    ) -> Bool {
        let heard = state.instances(of: cluster.id)
            .filter { $0.agentConnected && $0.status != .inactive }.map(\.id)
        let workers = heard.count + expired.count
        let silent = expired.count + Set(late).intersection(heard).count
        return workers >= ManagerSettings.massSilenceWorkersMinimum && silent * 2 > workers
    }

    private mutating func hold(_ instances: [InstanceID], of cluster: Cluster) {
        guard holds[cluster.id] == nil else {
            holds[cluster.id]?.silent.append(contentsOf: instances)
            return
        }
        holds[cluster.id] = MassSilenceHold(
            silent: OrderedSet(instances), until: now.monotonic + settings.massSilenceHold)
        schedule(.holdEnds(cluster.id), after: settings.massSilenceHold)
        let seconds = settings.massSilenceHold.milliseconds / 1_000
        for service in state.services(of: cluster.id) where service.status == .active {
            say(
                service,
                "is holding replacements for \(seconds) s: more than half of the cluster's "
                    + "container instances went silent at once. Decide sooner with "
                    + "'muster mass-silence replace|hold'.")
        }
        notice(
            .warning, "mass silence: replacements held",
            ["cluster": cluster.name, "instances": "\(instances.count)"])
    }

    /// A worker came back. When all have, nothing is held any more.
    mutating func release(_ instance: InstanceID, fromHoldOf cluster: ClusterID) {
        holds[cluster]?.silent.remove(instance)
        if holds[cluster]?.silent.isEmpty == true { holds[cluster] = nil }
    }

    /// The time of a hold is up, unless an operator prolonged it.
    mutating func holdIsDue(of cluster: ClusterID) {
        guard let until = holds[cluster]?.until, until <= now.monotonic else { return }
        endHold(of: cluster, cause: "mass silence: hold ended")
    }

    /// The hold is over: who has not come back is lost.
    private mutating func endHold(of cluster: ClusterID, cause: String) {
        guard let hold = holds.removeValue(forKey: cluster) else { return }
        self.cause = cause
        guard state.clusters[cluster]?.failover != .aws else { return }
        for instance in hold.silent where state.instances[instance]?.agentConnected == false {
            giveUp(instance, because: Self.silenceReason)
        }
    }

    private static let silenceReason = "its agent went silent"

    /// Silent workers are lost from now on in this cluster: those that were silent already, too.
    mutating func giveUpSilent(of cluster: ClusterID) {
        for instance in state.instances(of: cluster)
        where !instance.agentConnected && sessions[instance.id] == nil
            && holds[cluster]?.silent.contains(instance.id) != true
        {
            giveUp(instance.id, because: Self.silenceReason)
        }
    }

    /// Ends every task of an instance that won't be heard of; services replace theirs in this step,
    /// but for those that may still run there and must not run twice.
    mutating func giveUp(_ id: InstanceID, because reason: String) {
        guard let instance = state.instances[id] else { return }
        for task in state.liveTasks(on: id) {
            closeUnheard(
                task, code: .terminationNotice,
                reason: "Container instance \(id) (\(instance.name)) was lost: \(reason)")
        }
    }

    /// The operator's word on a hold.
    mutating func resolve(
        _ reference: ClusterReference, _ decision: MassSilenceDecision
    ) throws(APIError) -> Outcome {
        let cluster = try activeCluster(reference)
        guard holds[cluster.id] != nil else {
            throw APIError(
                .client, "No replacements are being held in cluster \(cluster.name).")
        }
        switch decision {
        case .replace: endHold(of: cluster.id, cause: "mass silence: operator")
        case .hold:
            holds[cluster.id]?.until = now.monotonic + settings.massSilenceHold
            schedule(.holdEnds(cluster.id), after: settings.massSilenceHold)
        }
        return .done
    }
}
