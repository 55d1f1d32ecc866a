import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// Workers come, come back, and open their stream.
extension ManagerCore {
    mutating func register(_ registration: Registration, for call: CallID) {
        cause = "Register"
        do throws(WorkerRefusal) {
            if let fault = registration.fault { throw WorkerRefusal(.invalidArgument, fault) }
            let cluster = try cluster(of: registration)
            let instance = try identify(registration, in: cluster)
            let registered = admit(registration, as: instance, in: cluster)
            effects.workerReplies.append(
                .init(call: call, result: .success(.registered(registered))))
        } catch {
            notice(
                .warning, "worker refused",
                [
                    "worker": registration.name, "cluster": registration.cluster,
                    "why": error.message,
                ])
            effects.workerReplies.append(.init(call: call, result: .failure(error)))
        }
    }

    /// The cluster a worker asks for. As in ECS, `default` comes into being with its first
    /// instance.
    private mutating func cluster(of registration: Registration) throws(WorkerRefusal) -> Cluster {
        let region = registration.region.isEmpty ? settings.region : registration.region
        let name = registration.cluster.isEmpty ? "default" : registration.cluster
        if let cluster = state.cluster(ClusterReference(region: region, name: name)),
            cluster.status == .active
        {
            return cluster
        }
        guard name == "default" else {
            throw WorkerRefusal(
                .notFound,
                "cluster \(name) does not exist in region \(region); create it with "
                    + "'aws ecs create-cluster --cluster-name \(name)' or start the worker with "
                    + "another --cluster")
        }
        guard state.clusters.count < ManagerSettings.clustersMaximum else {
            throw WorkerRefusal(
                .exhausted, "there are \(state.clusters.count) clusters, the most there may be")
        }
        let cluster = Cluster(
            id: random.identifier(), region: region, name: name, createdAt: now.wall)
        record(.cluster(cluster))
        return cluster
    }

    /// The instance a worker is: the one it was before, or a new one. Two agents can't be one.
    private mutating func identify(
        _ registration: Registration, in cluster: Cluster
    ) throws(WorkerRefusal) -> InstanceID {
        let all = state.instances(of: cluster.id).filter { $0.status != .inactive }
        let instance =
            all.first { $0.id == registration.instance }
            ?? all.first {
                // Its answer was lost on the way, so it does not know its identity.
                registration.instance == nil && $0.name == registration.name
                    && sessions[$0.id]?.agent == registration.agent
            }
        if let instance, let session = sessions[instance.id], session.connected,
            session.agent != registration.agent
        {
            throw WorkerRefusal(
                .alreadyExists,
                "another worker is connected as container instance \(instance.id) "
                    + "(\(instance.name)); stop it, or give this one a data folder of its own")
        }
        let rival = all.first {
            $0.name == registration.name && $0.id != instance?.id
                && sessions[$0.id]?.connected == true
                && sessions[$0.id]?.agent != registration.agent
        }
        if rival != nil {
            throw WorkerRefusal(
                .alreadyExists,
                "a worker named \(registration.name) is already connected to cluster "
                    + "\(cluster.name); start this one with another --name")
        }
        if let instance { return instance.id }
        guard all.count < ManagerSettings.instancesPerClusterMaximum else {
            throw WorkerRefusal(
                .exhausted,
                "cluster \(cluster.name) has \(all.count) container instances, the most it may; "
                    + "deregister those that are gone")
        }
        return random.identifier()
    }

    private mutating func admit(
        _ registration: Registration, as id: InstanceID, in cluster: Cluster
    ) -> Registered {
        endSession(of: id)
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
        instance.attributes = registration.attributes
        instance.agentVersion = registration.agentVersion
        instance.runtime = registration.runtime
        record(.instance(instance))

        let session = Session(id: random.identifier(), agent: registration.agent)
        sessions[id] = session
        instanceOfSession[session.id] = id
        release(id, fromHoldOf: cluster.id)
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
            take(report, from: instance)
        }
        for task in state.liveTasks(on: instance)
        where task.lastStatus > .pending && !named.contains(task.id) {
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
        effects.workerReplies.append(.init(call: call, result: .success(.opened)))
        // What this batch had for an earlier stream must not come before the complete set.
        effects.sends.removeAll { $0.session == session }
        outgoing[instance] = nil
        let assignments = state.liveTasks(on: instance).compactMap { assignment(of: $0) }
        let size = ManagerSettings.assignmentsPerUpdateMaximum
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
        guard let instance = instance(of: session) else { return }
        sessions[instance]?.connected = false
        sessions[instance]?.isListening = false
    }

    /// Ends the current session of an instance, if there is one.
    mutating func endSession(of instance: InstanceID) {
        guard let session = sessions.removeValue(forKey: instance) else { return }
        instanceOfSession[session.id] = nil
        effects.leases.append(.close(Lease(instance: instance, session: session.id)))
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
