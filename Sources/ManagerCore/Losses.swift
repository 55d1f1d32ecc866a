import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// Replacements that wait because so much of a cluster fell silent at once that the fault is likely
/// the manager's own.
struct MassSilenceHold: Sendable {
    /// Silent instances whose tasks are not given up yet.
    var silent: OrderedSet<InstanceID>
}

/// Workers that fell silent, and what becomes of their tasks (DESIGN section 5).
extension ManagerCore {
    mutating func hear(_ silence: Silence) {
        cause = "lease expired"
        var lost: OrderedDictionary<ClusterID, [InstanceID]> = [:]
        for lease in silence.expired {
            guard sessions[lease.instance]?.id == lease.session,
                let instance = state.instances[lease.instance]
            else { continue }
            endSession(of: instance.id)
            update(instance.id) { $0.agentConnected = false }
            lost[instance.cluster, default: []].append(instance.id)
            notice(
                .warning, "worker lost",
                ["worker": instance.name, "instance": "\(instance.id)"])
        }
        for (id, instances) in lost {
            guard let cluster = state.clusters[id] else { continue }
            if cluster.failover == .aws { continue }
            if holds[id] != nil || isMassSilence(of: instances, late: silence.late, in: cluster) {
                hold(instances, of: cluster)
            } else {
                instances.forEach { giveUp($0) }
            }
        }
    }

    /// Whether more than half of a cluster of some size went silent within one lease.
    private func isMassSilence(
        of expired: [InstanceID], late: [InstanceID], in cluster: Cluster
    ) -> Bool {
        let lateHere = late.filter { state.instances[$0]?.cluster == cluster.id }
        let connected = state.instances(of: cluster.id).filter { $0.agentConnected }.count
        let workers = connected + expired.count
        return workers >= ManagerSettings.massSilenceWorkersMinimum
            && (expired.count + lateHere.count) * 2 > workers
    }

    private mutating func hold(_ instances: [InstanceID], of cluster: Cluster) {
        let isNew = holds[cluster.id] == nil
        holds[cluster.id, default: MassSilenceHold(silent: [])].silent.append(
            contentsOf: instances)
        guard isNew else { return }
        let seconds = settings.massSilenceHold.milliseconds / 1_000
        schedule(.holdEnds(cluster.id), after: settings.massSilenceHold)
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

    /// The hold is over: who has not come back is lost.
    mutating func endHold(of cluster: ClusterID, cause: String) {
        guard let hold = holds.removeValue(forKey: cluster) else { return }
        self.cause = cause
        for instance in hold.silent where state.instances[instance]?.agentConnected == false {
            giveUp(instance)
        }
    }

    /// Ends every task of an instance that won't be heard of; services replace theirs in this step.
    private mutating func giveUp(_ id: InstanceID) {
        guard let instance = state.instances[id] else { return }
        for task in state.tasks(on: id) where task.lastStatus != .stopped {
            close(
                task.id, code: .terminationNotice,
                reason: "Container instance \(id) (\(instance.name)) was lost: "
                    + "its agent went silent")
        }
    }

    /// Instances whose tasks are neither well nor given up.
    func isHeld(_ instance: InstanceID, in cluster: ClusterID) -> Bool {
        holds[cluster]?.silent.contains(instance) == true
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
        case .hold: schedule(.holdEnds(cluster.id), after: settings.massSilenceHold)
        }
        return .done
    }
}
