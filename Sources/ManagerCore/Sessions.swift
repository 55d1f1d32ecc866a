import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// Workers come, come back, and open their stream.
extension ManagerCore {
    static let defaultCluster = "default"

    mutating func register(_ registration: Registration, from peer: Peer, for call: CallID) {
        cause = "Register"
        do throws(WorkerRefusal) {
            if let fault = registration.fault { throw WorkerRefusal(.invalidArgument, fault) }
            let (worker, cluster) = try origin(of: registration, from: peer)
            try checkOrder(of: registration)
            let instance = try identify(registration, in: cluster, as: worker)
            let registered = admit(registration, as: instance, in: cluster, worker)
            effects.workerReplies.append(
                .init(call: call, result: .success(.registered(registered))))
        } catch {
            notice(
                .refusal, "worker refused",
                [
                    "worker": registration.name.clipped, "cluster": registration.cluster.clipped,
                    "identity": peer.label, "why": error.message,
                ])
            effects.workerReplies.append(.init(call: call, result: .failure(error)))
        }
    }

    /// What a proxy sends twice, or lets another overtake, must not end the session that is and
    /// give up what its inventory does not know yet.
    private func checkOrder(of registration: Registration) throws(WorkerRefusal) {
        guard registration.attempt > 0, let last = attempts[registration.agent],
            registration.attempt <= last
        else { return }
        throw WorkerRefusal(
            .staleSession,
            "this registration, or a later one of the same agent, was here before; register anew")
    }

    /// Keeps the place of a registration for as long as its agent is an instance's newest.
    private mutating func noteOrder(of registration: Registration, as instance: InstanceID) {
        if let old = agents[instance], old != registration.agent { attempts[old] = nil }
        agents[instance] = registration.agent
        attempts[registration.agent] = registration.attempt
    }

    /// Who registers, as its certificate says, and where. Without TLS it is as it says itself.
    private mutating func origin(
        of registration: Registration, from peer: Peer
    ) throws(WorkerRefusal) -> (WorkerIdentity?, Cluster) {
        switch peer {
        case .unproven: return (nil, try cluster(of: registration))
        case .anonymous:
            throw WorkerRefusal(
                .unauthenticated,
                "a worker registers with the certificate that it got when it joined; join first, "
                    + "with a token")
        case .worker(let subject):
            let (worker, cluster) = try standing(of: subject)
            let region = registration.region.isEmpty ? cluster.region : registration.region
            guard registration.cluster == cluster.name, region == cluster.region else {
                throw WorkerRefusal(
                    .permissionDenied,
                    "the worker's certificate is for cluster \(cluster.name) in region "
                        + "\(cluster.region), not for \(registration.cluster) in \(region)")
            }
            return (worker, cluster)
        }
    }

    /// The cluster a worker asks for. As in ECS, `default` comes into being with its first
    /// instance.
    private mutating func cluster(of registration: Registration) throws(WorkerRefusal) -> Cluster {
        let region = registration.region.isEmpty ? settings.region : registration.region
        let name = registration.cluster.isEmpty ? Self.defaultCluster : registration.cluster
        if let cluster = state.cluster(ClusterReference(region: region, name: name)),
            cluster.status == .active
        {
            return cluster
        }
        guard name == Self.defaultCluster else {
            throw WorkerRefusal(
                .notFound,
                "cluster \(name) does not exist in region \(region); create it with "
                    + "'aws ecs create-cluster --cluster-name \(name)' or start the worker with "
                    + "another --cluster")
        }
        guard state.clusters.count < settings.quotas.clusters else {
            throw WorkerRefusal(
                .exhausted, "there are \(state.clusters.count) clusters, the most there may be")
        }
        let cluster = Cluster(
            id: random.identifier(), region: region, name: name,
            settings: clusterSettings([], in: region), createdAt: now.wall)
        record(.cluster(cluster))
        return cluster
    }

    /// The instance a worker is: the one it was before, or a new one. Two agents can't be one, and
    /// nobody can be another's.
    private mutating func identify(
        _ registration: Registration, in cluster: Cluster, as worker: WorkerIdentity?
    ) throws(WorkerRefusal) -> InstanceID {
        let namesakes = state.instances(named: registration.name, in: cluster.id)
            .filter { $0.status != .inactive }
        let instance = earlier(registration, namesakes, in: cluster, as: worker)
        if let worker, let instance { try checkOwner(of: instance, worker, registration) }
        if let instance, let session = sessions[instance.id], session.connected,
            session.agent != registration.agent
        {
            throw WorkerRefusal(
                .alreadyExists,
                "another worker is connected as container instance \(instance.id) "
                    + "(\(instance.name)); stop it, or give this one a data folder of its own")
        }
        let rival = namesakes.first {
            $0.id != instance?.id && sessions[$0.id]?.connected == true
                && sessions[$0.id]?.agent != registration.agent
        }
        if rival != nil {
            throw WorkerRefusal(
                .alreadyExists,
                "a worker named \(registration.name) is already connected to cluster "
                    + "\(cluster.name); start this one with another --name")
        }
        if let instance { return instance.id }
        let count = state.registeredInstanceCount(of: cluster.id)
        guard count < settings.instancesPerClusterMaximum else {
            throw WorkerRefusal(
                .exhausted,
                "cluster \(cluster.name) has \(count) container instances, the most it may; "
                    + "deregister those that are gone")
        }
        return random.identifier()
    }

    /// The instance that a worker was before, as it says or, when an answer was lost on the way, as
    /// the manager knows. Registrations come by the thousand: nothing here looks at all instances.
    private func earlier(
        _ registration: Registration, _ namesakes: [ContainerInstance], in cluster: Cluster,
        as worker: WorkerIdentity?
    ) -> ContainerInstance? {
        if let id = registration.instance, let named = state.instances[id],
            named.cluster == cluster.id, named.status != .inactive
        {
            return named
        }
        if let worker {
            let own = state.instances(of: worker.id).first {
                $0.cluster == cluster.id && $0.status != .inactive
            }
            return own ?? namesakes.first(where: \.isDeclared)
        }
        let own =
            registration.instance == nil
            ? namesakes.first { sessions[$0.id]?.agent == registration.agent } : nil
        return own ?? namesakes.first(where: \.isDeclared)
    }

    /// An instance from the time before TLS has no owner: it goes to the first worker of its name
    /// that asks for it, lest turning TLS on end its tasks.
    private func checkOwner(
        of instance: ContainerInstance, _ worker: WorkerIdentity, _ registration: Registration
    ) throws(WorkerRefusal) {
        if instance.worker == worker.id { return }
        if instance.worker == nil, instance.name == registration.name,
            sessions[instance.id]?.connected != true
        {
            return
        }
        throw WorkerRefusal(
            .permissionDenied,
            "container instance \(instance.id) (\(instance.name)) belongs to another worker than "
                + "\(worker.id), whose certificate this is")
    }

    private mutating func admit(
        _ registration: Registration, as id: InstanceID, in cluster: Cluster,
        _ worker: WorkerIdentity?
    ) -> Registered {
        endSession(of: id)
        noteOrder(of: registration, as: id)
        var instance =
            state.instances[id]
            ?? ContainerInstance(
                id: id, cluster: cluster.id, name: registration.name, epoch: 0,
                registered: registration.resources, version: 0, registeredAt: now.wall)
        instance.name = registration.name
        instance.agentConnected = true
        instance.epoch += 1
        instance.version += 1
        instance.registered = registration.resources
        instance.attributes = registration.attributes.overlaid(
            with: instance.customAttributes ?? [])
        instance.agentVersion = registration.agentVersion
        instance.runtime = registration.runtime
        instance.document = nil
        instance.lease = settings.heartbeat.lease
        if var worker {
            instance.worker = worker.id
            if worker.name != registration.name {
                worker.name = registration.name
                record(.worker(worker))
            }
        }
        record(.instance(instance))

        let session = Session(id: random.identifier(), agent: registration.agent)
        sessions[id] = session
        instanceOfSession[session.id] = id
        lookAtReach(of: id)
        release(id, fromHoldOf: cluster.id)
        spokeAgain(id)
        effects.leases.append(.open(Lease(instance: id, session: session.id)))
        takeInventory(registration.inventory, of: id)
        reconsiderServices(on: id)
        roomAppeared(in: cluster.id)
        notice(.info, "worker registered", ["worker": instance.name, "instance": "\(id)"])
        return Registered(
            instance: id, session: session.id, epoch: instance.epoch,
            heartbeat: settings.heartbeat, managers: settings.managers)
    }

    /// What the worker says it has, against what it should have. A task that ran there and that it
    /// no longer knows is gone for good: it may not run twice.
    private mutating func takeInventory(_ inventory: [TaskReport], of instance: InstanceID) {
        var named: Set<TaskID> = []
        for report in inventory {
            named.insert(report.task)
            take(report, from: instance, isFirst: true)
        }
        for task in state.liveTasks(on: instance)
        where task.hasBegun && !named.contains(task.id) {
            close(
                task.id, code: .terminationNotice,
                reason: "Container instance \(instance) came back without this task")
        }
    }

    mutating func openAssignments(_ session: SessionID, for call: CallID) {
        guard let instance = instance(of: session), var current = sessions[instance] else {
            refuse(call)
            return
        }
        current.connected = true
        current.isListening = true
        current.revision += 1
        sessions[instance] = current
        lookAtReach(of: instance)
        effects.workerReplies.append(.init(call: call, result: .success(.opened)))
        // What this batch had for an earlier stream must not come before the complete set.
        effects.sends.removeAll { $0.session == session && $0.update.isOfStream }
        outgoing[instance] = nil
        let assignments = state.liveTasks(on: instance).compactMap { assignment(of: $0) }
        let size = settings.assignmentsPerUpdateMaximum
        var start = 0
        repeat {
            let end = min(start + size, assignments.count)
            effects.sends.append(
                .init(
                    session: session,
                    update: .complete(
                        revision: current.revision, Array(assignments[start..<end]),
                        more: end < assignments.count)))
            start = end
        } while start < assignments.count
        if let cluster = state.instances[instance]?.cluster { roomAppeared(in: cluster) }
    }

    mutating func disconnected(_ session: SessionID) {
        severed(session)
        guard let instance = instance(of: session) else { return }
        sessions[instance]?.connected = false
        sessions[instance]?.isListening = false
        lookAtReach(of: instance)
    }

    /// Ends the current session of an instance, if there is one.
    mutating func endSession(of instance: InstanceID, isSevered: Bool = false) {
        guard let session = sessions.removeValue(forKey: instance) else { return }
        instanceOfSession[session.id] = nil
        lookAtReach(of: instance)
        let lease = Lease(instance: instance, session: session.id)
        effects.leases.append(isSevered ? .sever(lease) : .close(lease))
    }

    /// The instance whose current session this is.
    func instance(of session: SessionID) -> InstanceID? {
        instanceOfSession[session]
    }

    mutating func refuse(_ call: CallID) {
        let refusal = WorkerRefusal(
            .staleSession, "this session is not the worker's current one; register again")
        effects.workerReplies.append(.init(call: call, result: .failure(refusal)))
    }
}

extension AssignmentUpdate {
    /// Whether it means something on the stream alone that it was made for.
    fileprivate var isOfStream: Bool {
        switch self {
        case .complete, .changes: true
        case .heartbeat, .redirect, .exec, .logs, .unknown: false
        }
    }
}

extension ECSTask {
    /// Whether any container of it is known to have run, or to have failed to: a task of several
    /// may be PENDING then.
    fileprivate var hasBegun: Bool {
        lastStatus > .pending || containers.contains { $0.lastStatus > .pending }
    }
}
