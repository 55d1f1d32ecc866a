import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import OrderedCollections
import WorkerCore

/// The faults stop, and all must come to rest.
extension World {
    func heal() {
        isHealed = true
        healedAt = now
        log("world", "the faults stop")
        show(.healed)
        for worker in routes.indices {
            routes[worker].blockedUntil = [0, 0]
            routes[worker].cloggedUntil = 0
        }
        manager.disk.fullUntil = 0
        manager.disk.slowUntil = 0
        liftLimits()
        for client in clients.indices where clients[client].request == nil {
            agenda.add(.clientActs(client), at: now)
        }
        agenda.add(.restIsChecked, at: now + 3_000)
    }

    /// Looks whether all is at rest; twice in a row counts.
    func checkRest() {
        let reason = unrest()
        if reason == nil {
            if wasAtRest {
                restedAt = now
                checkFold()
                return
            }
            wasAtRest = true
        } else {
            wasAtRest = false
        }
        if let reason, now - healedAt > plan.restTime {
            checker.fail("all comes to rest when the faults stop", reason)
            return
        }
        activateInstances()
        agenda.add(.restIsChecked, at: now + 2_000)
    }

    /// What operators drained is put back into service.
    private func activateInstances() {
        guard clients[0].request == nil, clients[0].todo.isEmpty,
            let cluster = checker.state.cluster(Plan.cluster)
        else { return }
        let draining = checker.state.instances(of: cluster.id).filter { $0.status == .draining }
        guard !draining.isEmpty else { return }
        clients[0].todo = [
            .updateContainerInstancesState(Plan.cluster, draining.map(\.id), .active)
        ]
        agenda.add(.clientActs(0), at: now)
    }

    /// State is a fold over the history, and nothing else.
    private func checkFold() {
        guard let core = manager.process?.loop.core.state else { return }
        let fold = checker.state
        checker.expect(
            core.revision == fold.revision && core.tasks == fold.tasks
                && core.services == fold.services && core.instances == fold.instances
                && core.clusters == fold.clusters && core.definitions == fold.definitions
                && core.capacityProviders == fold.capacityProviders,
            "the state is a fold over the history",
            "revision \(core.revision), and \(fold.revision) in the history")
    }

    /// Why all is not at rest yet.
    private func unrest() -> String? {
        guard let process = manager.process else { return "the manager does not run" }
        if !process.inbox.isEmpty || !manager.disk.writing.isEmpty { return "the manager is busy" }
        for client in clients where client.request != nil || !client.todo.isEmpty {
            return "client \(client.number) waits for an answer"
        }
        guard let cluster = checker.state.cluster(Plan.cluster) else {
            return "there is no cluster"
        }
        return unrestOfInstances(cluster) ?? unrestOfWorkers() ?? unrestOfTasks(cluster)
            ?? unrestOfContainers() ?? unrestOfServices(cluster)
    }

    private func unrestOfInstances(_ cluster: Cluster) -> String? {
        for instance in checker.state.instances(of: cluster.id) {
            if instance.status == .draining { return "instance \(instance.name) is DRAINING" }
            if instance.status == .active, !instance.agentConnected,
                workers.contains(where: { $0.identity == instance.id })
            {
                return "worker \(instance.name) is not connected"
            }
        }
        return nil
    }

    private func unrestOfWorkers() -> String? {
        for worker in workers {
            guard let agent = worker.agent else { return "worker \(worker.name) is down" }
            if let identity = worker.identity,
                checker.state.instances[identity]?.status == .inactive
            {
                continue
            }
            if agent.session == nil { return "worker \(worker.name) has no session" }
            if !agent.isReported { return "worker \(worker.name) has reports left" }
        }
        return nil
    }

    private func unrestOfTasks(_ cluster: Cluster) -> String? {
        for task in checker.state.tasks(of: cluster.id) where task.lastStatus != .stopped {
            if task.lastStatus != .running || task.desiredStatus != .running {
                return "task \(task.id) is \(task.lastStatus.name), wanted "
                    + task.desiredStatus.rawValue
            }
            if task.hasHealthCheck, task.health != .healthy {
                return "task \(task.id) is \(task.health.rawValue)"
            }
        }
        return nil
    }

    /// Nothing runs that should not, and what is said to run does.
    private func unrestOfContainers() -> String? {
        for worker in workers {
            for id in worker.runtime.tasks.keys {
                guard let task = checker.state.tasks[id], task.instance == worker.identity,
                    task.lastStatus != .stopped
                else { return "worker \(worker.name) still holds task \(id)" }
            }
        }
        for task in checker.state.tasks.values where task.lastStatus == .running {
            guard let worker = workers.first(where: { $0.identity == task.instance }),
                let held = worker.runtime.tasks[task.id],
                held.containers.contains(where: \.isRunning)
            else { return "task \(task.id) is said to run and does not" }
        }
        return nil
    }

    private func unrestOfServices(_ cluster: Cluster) -> String? {
        for service in checker.state.services(of: cluster.id) where service.status != .inactive {
            if service.status == .draining { return "service \(service.name) is DRAINING" }
            if service.controller == .external {
                if let reason = unrestOfTaskSets(of: service) { return reason }
                continue
            }
            let tasks = checker.state.liveTasks(of: service.id)
            let primary = service.deployments.first?.id
            let isSteady =
                tasks.count == service.desiredCount
                && tasks.allSatisfy { $0.deployment == primary }
                && service.deployments.count == 1
                && service.deployments.first?.rolloutState == .completed
            if !isSteady, !isExplained(service) {
                return "service \(service.name) has \(tasks.count) tasks of "
                    + "\(service.desiredCount) in \(service.deployments.count) deployments"
            }
        }
        return nil
    }

    /// Whether a service that can't have what it wishes says so, and rightly.
    private func isExplained(_ service: Service) -> Bool {
        // Nothing more is launched then, until somebody makes another deployment.
        if service.deployments.first?.rolloutState == .failed { return true }
        // That there is no room is said once, and may be long ago.
        let said = checker.state.events(of: service.id).map(\.message)
        let blocked = "was unable to stop or start tasks during a deployment"
        if said.suffix(10).contains(where: { $0.contains(blocked) }) { return true }
        guard let key = service.deployments.first?.taskDefinition else { return false }
        return said.contains { $0.contains("was unable to place a task") }
            && !hasRoom(for: service, key)
    }

    private func unrestOfTaskSets(of service: Service) -> String? {
        let tasks = checker.state.liveTasks(of: service.id)
        for set in service.taskSets {
            let count = tasks.count { $0.deployment == set.id }
            let isExplained = checker.state.events(of: service.id).contains {
                $0.message.contains("was unable to place a task")
            }
            let share = checker.share(of: set, service)
            let isSteady = !set.isDraining && set.isSteady && count == share
            if !isSteady, !isExplained || hasRoom(for: service, set.taskDefinition) {
                return "task set \(set.id) of service \(service.name) has \(count) tasks of "
                    + "\(share)"
            }
        }
        let strays = tasks.count { task in
            !service.taskSets.contains { $0.id == task.deployment }
        }
        return strays == 0 ? nil : "service \(service.name) has \(strays) tasks of no task set"
    }

    /// Whether each of a service's capacity providers has room for another task; with none, whether
    /// the cluster has.
    private func hasRoom(for service: Service, _ key: TaskDefinitionKey) -> Bool {
        guard let definition = checker.state.definitions[key] else { return true }
        let groups = (service.capacityProviderStrategy ?? []).filter { $0.weight + $0.base > 0 }
            .compactMap { share in
                checker.state.capacityProviders.values.first {
                    $0.reference.name == share.provider
                }?.group
            }
        guard !groups.isEmpty else { return hasRoom(for: service, definition, in: nil) }
        return groups.allSatisfy { hasRoom(for: service, definition, in: $0) }
    }

    private func hasRoom(
        for service: Service, _ definition: TaskDefinition, in group: String?
    ) -> Bool {
        let cpu = definition.containers.reduce(0) { $0 + $1.cpu }
        let memory = definition.containers.reduce(0) { $0 + ($1.memory ?? 0) }
        let ports = definition.containers.flatMap(\.portMappings).map(\.hostPort)
        let isMortal = OnLost(tags: definition.tags) == .stop
        return checker.state.instances(of: service.cluster).contains { instance in
            guard instance.status == .active, instance.agentConnected else { return false }
            let own = instance.attributes.first { $0.name == CapacityProvider.groupAttribute }
            if let group, own?.value != group { return false }
            if isMortal, !instance.attributes.contains(where: { $0.name == OnLost.capability }) {
                return false
            }
            let live = checker.state.liveTasks(on: instance.id)
            let room = checker.rooms.rooms[instance.id] ?? Rooms.Room()
            let isTaken = ports.contains { (room.ports[$0] ?? 0) > 0 }
            let isApart =
                !service.placementConstraints.contains(.distinctInstance)
                && service.schedulingStrategy == .replica
                || !live.contains { $0.service == service.id }
            return room.cpu + cpu <= instance.registered.cpu
                && room.memory + memory <= instance.registered.memory && !isTaken && isApart
        }
    }
}
