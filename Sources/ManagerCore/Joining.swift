import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// Who may be a worker: join tokens become identities, identities go on while they are renewed.
///
/// Identity comes from a connection's certificate, never from a message. The times here are civil:
/// a certificate's end has to mean the same on two machines and after a restart.
extension ManagerCore {
    // MARK: Certificates

    mutating func join(_ attempt: JoinAttempt, for call: CallID) {
        cause = "Join"
        do throws(WorkerRefusal) {
            let token = try state.joinToken(attempt.token, secret: attempt.secret, at: now.wall)
            let cluster = try cluster(of: token, for: attempt)
            let worker = try admit(attempt, with: token, to: cluster)
            grant(worker, in: cluster, for: call)
            notice(
                .info, "worker joined",
                [
                    "worker": worker.name, "cluster": cluster.name, "identity": "\(worker.id)",
                    "token": "\(token.id)",
                ])
        } catch {
            notice(
                .refusal, "worker may not join",
                [
                    "worker": attempt.name.clipped, "cluster": attempt.cluster.clipped,
                    "why": error.message,
                ])
            effects.workerReplies.append(.init(call: call, result: .failure(error)))
        }
    }

    private func cluster(
        of token: JoinToken, for attempt: JoinAttempt
    ) throws(WorkerRefusal) -> Cluster {
        guard let cluster = state.clusters[token.cluster] else {
            throw WorkerRefusal(.unauthenticated, "the cluster of this join token was deleted")
        }
        let region = attempt.region.isEmpty ? cluster.region : attempt.region
        guard attempt.cluster == cluster.name, region == cluster.region else {
            throw WorkerRefusal(
                .permissionDenied,
                "the join token \(token.id) is for cluster \(cluster.name) in region "
                    + "\(cluster.region), not for \(attempt.cluster.clipped) in "
                    + "\(region.clipped); give a token of that cluster, or another --cluster")
        }
        return cluster
    }

    /// Who comes with a key that is known is the worker it was before: so it keeps its instance
    /// when its certificate ended while it was away.
    private mutating func admit(
        _ attempt: JoinAttempt, with token: JoinToken, to cluster: Cluster
    ) throws(WorkerRefusal) -> WorkerIdentity {
        guard (1...ManagerSettings.nameLengthMaximum).contains(attempt.name.utf8.count) else {
            throw WorkerRefusal(
                .invalidArgument,
                "the worker's name must have 1 to \(ManagerSettings.nameLengthMaximum) bytes")
        }
        let endsAt = now.wall + settings.workerCertificateLife
        if var worker = state.worker(withKey: attempt.key, in: cluster.id) {
            if worker.revokedAt != nil { throw revoked(worker) }
            worker.name = attempt.name
            worker.token = token.id
            worker.certificateEndsAt = endsAt
            record(.worker(worker))
            lookAtCertificate(of: worker.id, at: endsAt)
            return worker
        }
        let most = ManagerSettings.workersPerClusterMaximum
        guard state.workerCount(of: cluster.id) < most else {
            throw WorkerRefusal(
                .exhausted,
                "\(most) workers have joined cluster \(cluster.name), the most it may have; "
                    + "deregister container instances that are gone")
        }
        let worker = WorkerIdentity(
            id: random.identifier(), cluster: cluster.id, name: attempt.name, key: attempt.key,
            token: token.id, joinedAt: now.wall, certificateEndsAt: endsAt)
        record(.worker(worker))
        lookAtCertificate(of: worker.id, at: endsAt)
        return worker
    }

    private mutating func grant(_ worker: WorkerIdentity, in cluster: Cluster, for call: CallID) {
        let subject = WorkerSubject(
            region: cluster.region, cluster: cluster.name, worker: worker.id)
        let grant = CertificateGrant(
            subject: subject, issuedAt: now.wall, endsAt: worker.certificateEndsAt)
        effects.workerReplies.append(.init(call: call, result: .success(.admitted(grant))))
    }

    mutating func renew(_ renewal: Renewal, for call: CallID) {
        cause = "Renew"
        do throws(WorkerRefusal) {
            guard case .worker(let subject) = renewal.peer else {
                throw WorkerRefusal(
                    .unauthenticated,
                    "only a worker renews its certificate, on a connection that it opened with it")
            }
            var (worker, cluster) = try standing(of: subject)
            guard worker.key == renewal.key else {
                throw WorkerRefusal(
                    .invalidArgument, "a certificate is renewed with the key that it is for")
            }
            try refuseTwin(of: worker.id, in: cluster.id, on: renewal.session)
            worker.certificateEndsAt = now.wall + settings.workerCertificateLife
            record(.worker(worker))
            grant(worker, in: cluster, for: call)
        } catch {
            notice(
                .refusal, "certificate not renewed",
                ["identity": renewal.peer.label, "why": error.message])
            effects.workerReplies.append(.init(call: call, result: .failure(error)))
        }
    }

    /// A copy of an identity gets nothing while the worker that it was taken from is connected.
    private func refuseTwin(
        of worker: WorkerID, in cluster: ClusterID, on session: SessionID?
    ) throws(WorkerRefusal) {
        for instance in state.instances(of: worker) where instance.cluster == cluster {
            guard let current = sessions[instance.id], current.connected, current.id != session
            else { continue }
            throw WorkerRefusal(
                .alreadyExists,
                "another worker is connected with this identity as container instance "
                    + "\(instance.id) (\(instance.name)); was its data folder copied?")
        }
    }

    // MARK: Rights

    /// The worker that a certificate names, if it still has a right to anything.
    func standing(
        of subject: WorkerSubject
    ) throws(WorkerRefusal) -> (WorkerIdentity, Cluster) {
        guard let worker = state.workers[subject.worker] else {
            throw WorkerRefusal(
                .unauthenticated,
                "this manager does not know worker \(subject.worker); join again with a token")
        }
        if worker.revokedAt != nil { throw revoked(worker) }
        guard worker.certificateEndsAt > now.wall else {
            throw WorkerRefusal(
                .unauthenticated,
                "the certificate of worker \(worker.id) has ended; join again with a token")
        }
        guard let cluster = state.clusters[worker.cluster], cluster.status == .active,
            cluster.name == subject.cluster, cluster.region == subject.region
        else {
            throw WorkerRefusal(
                .unauthenticated,
                "cluster \(subject.cluster), which worker \(worker.id) had joined, was deleted; "
                    + "join again with a token of another")
        }
        return (worker, cluster)
    }

    private func revoked(_ worker: WorkerIdentity) -> WorkerRefusal {
        WorkerRefusal(
            .permissionDenied,
            "worker \(worker.id) (\(worker.name)) was revoked and may do nothing any more. If this "
                + "machine is to join again, give it a new data folder and a token")
    }

    // MARK: Time

    /// A certificate may have ended. Who did not renew it loses the connection, and with it soon
    /// the lease; who is long gone is forgotten.
    mutating func certificateIsDue(of id: WorkerID) {
        guard let due = certificateLooks[id], due <= now.monotonic else { return }
        certificateLooks[id] = nil
        guard let worker = state.workers[id] else { return }
        guard worker.certificateEndsAt <= now.wall else {
            return lookAtCertificate(of: id, at: worker.certificateEndsAt)
        }
        let instances = state.instances(of: id)
            .filter { $0.cluster == worker.cluster && $0.status != .inactive }
        effects.expulsions.append(id)
        if instances.contains(where: { sessions[$0.id]?.connected == true }) {
            notice(
                .warning, "worker did not renew its certificate; its connection is closed",
                ["worker": worker.name, "identity": "\(id)"])
        }
        let forgottenAt = worker.certificateEndsAt + settings.retention
        if instances.isEmpty, forgottenAt <= now.wall {
            cause = "retention"
            record(.removeWorker(id))
        } else {
            let period = ManagerSettings.wallClockPeriod
            lookAtCertificate(of: id, at: instances.isEmpty ? forgottenAt : now.wall + period)
        }
    }

    /// A join token may have been over for long enough to be forgotten.
    mutating func joinTokenIsDue(_ id: JoinTokenID) {
        guard let token = state.joinTokens[id] else { return }
        let endedAt = min(token.endsAt, token.revokedAt ?? token.endsAt)
        let forgottenAt = endedAt + settings.retention
        guard forgottenAt <= now.wall else { return lookAtJoinToken(id, at: forgottenAt) }
        cause = "retention"
        record(.removeJoinToken(id))
    }

    mutating func lookAtCertificate(of id: WorkerID, at time: WallTime) {
        let delay = untilLook(at: time)
        certificateLooks[id] = now.monotonic + delay
        schedule(.certificateEnds(id), after: delay)
    }

    mutating func lookAtJoinToken(_ id: JoinTokenID, at time: WallTime) {
        schedule(.joinTokenEnds(id), after: untilLook(at: time))
    }

    /// How long until civil time should have come so far. Looked at again in between, since civil
    /// time jumps.
    func untilLook(at time: WallTime) -> Duration {
        let left = Duration.milliseconds(time.milliseconds - now.wall.milliseconds)
        return min(max(left, .milliseconds(1)), ManagerSettings.wallClockPeriod)
    }
}

extension Peer {
    /// The identity that the connection proves, for a notice.
    var label: String {
        switch self {
        case .unproven, .anonymous: "none"
        case .worker(let subject): "\(subject.worker)"
        }
    }
}
