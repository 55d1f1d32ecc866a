import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

/// Folds the records of a story into a state of its own and holds every step against what must be
/// true whatever happens.
struct Ledger {
    private(set) var state = ClusterState()
    /// When tasks that run became RUNNING.
    private var runningSince: [TaskID: Instant] = [:]
    private(set) var records: [ChangeRecord] = []

    mutating func take(
        _ step: [ChangeRecord], _ core: ClusterState, _ settings: ManagerSettings, at now: Instant,
        _ location: SourceLocation
    ) {
        var stopped: Set<ServiceID> = []
        var grown: Set<ServiceID> = []
        var shrunk: Set<DeploymentID> = []
        for record in step {
            #expect(
                record.revision == state.revision + 1, "revisions are contiguous",
                sourceLocation: location)
            #expect(!record.cause.isEmpty, sourceLocation: location)
            if case .task(let task) = record.change {
                let old = state.tasks[task.id]
                if old == nil {
                    expectRoom(for: task, in: core, location)
                    if let service = task.service { grown.insert(service) }
                } else if let old {
                    expectForward(old, task, location)
                    if isStopByManager(old, task), isHealthy(old, settings, at: now),
                        let service = task.service
                    {
                        stopped.insert(service)
                        if let deployment = task.deployment { shrunk.insert(deployment) }
                    }
                }
                if task.lastStatus == .running, old?.lastStatus != .running {
                    runningSince[task.id] = now
                }
            }
            state.apply(record)
        }
        records += step
        expectSame(core, location)
        for id in stopped { expectLowerBound(of: id, shrunk, settings, at: now, location) }
        for id in grown { expectUpperBound(of: id, location) }
    }

    // MARK: What always holds

    private func expectForward(_ old: ECSTask, _ new: ECSTask, _ location: SourceLocation) {
        #expect(new.lastStatus >= old.lastStatus, "status went back", sourceLocation: location)
        #expect(
            !(old.desiredStatus == .stopped && new.desiredStatus == .running),
            "a task was wanted again", sourceLocation: location)
        #expect(new.instance == old.instance, "a task moved", sourceLocation: location)
        for (before, after) in zip(old.containers, new.containers) {
            #expect(after.lastStatus >= before.lastStatus, sourceLocation: location)
        }
        if new.lastStatus == .stopped {
            #expect(new.desiredStatus == .stopped, sourceLocation: location)
            #expect(new.stoppedAt != nil, sourceLocation: location)
            #expect(
                new.containers.allSatisfy { $0.lastStatus == .stopped }, sourceLocation: location)
        }
    }

    /// Checked when a task comes: an instance that shrank may be too full, but nothing goes there.
    private func expectRoom(
        for task: ECSTask, in core: ClusterState, _ location: SourceLocation
    ) {
        guard let instance = core.instances[task.instance] else {
            Issue.record("a task on no instance", sourceLocation: location)
            return
        }
        let usage = core.usage(of: instance.id)
        #expect(usage.cpu <= instance.registered.cpu, sourceLocation: location)
        #expect(usage.memory <= instance.registered.memory, sourceLocation: location)
        let ports = usage.tcpPorts + instance.registered.tcpPorts
        #expect(Set(ports).count == ports.count, "a port was given twice", sourceLocation: location)
        #expect(instance.status == .active && instance.agentConnected, sourceLocation: location)
    }

    private func isStopByManager(_ old: ECSTask, _ new: ECSTask) -> Bool {
        old.desiredStatus == .running && new.desiredStatus == .stopped
            && new.stopCode == .serviceSchedulerInitiated
    }

    private func isHealthy(
        _ task: ECSTask, _ settings: ManagerSettings, at now: Instant
    ) -> Bool {
        guard task.lastStatus == .running, task.desiredStatus == .running else { return false }
        return runningSince[task.id].map { now - $0 >= settings.healthyAfter } ?? true
    }

    /// What the bounds are of: a service, or each of its task sets.
    private func parts(
        of service: Service
    ) -> [(name: String, set: DeploymentID?, desired: Int, tasks: [ECSTask])] {
        let tasks = state.liveTasks(of: service.id)
        guard service.controller == .external else {
            return [(service.name, nil, service.desiredCount, tasks)]
        }
        return service.taskSets.filter { !$0.isDraining }.map { set in
            (
                "\(service.name) \(set.id)", set.id, set.desiredCount(of: service.desiredCount),
                tasks.filter { $0.deployment == set.id }
            )
        }
    }

    /// - Parameter shrunk: The deployments of which tasks were stopped.
    private func expectLowerBound(
        of id: ServiceID, _ shrunk: Set<DeploymentID>, _ settings: ManagerSettings,
        at now: Instant, _ location: SourceLocation
    ) {
        guard let service = state.services[id], service.status == .active else { return }
        let percent = service.deploymentConfiguration.minimumHealthyPercent
        for part in parts(of: service) where part.set.map(shrunk.contains) ?? true {
            let lower = (part.desired * percent + 99) / 100
            let healthy = part.tasks.count { isHealthy($0, settings, at: now) }
            #expect(
                healthy >= lower, "\(part.name): \(healthy) healthy, \(lower) needed",
                sourceLocation: location)
        }
    }

    private func expectUpperBound(of id: ServiceID, _ location: SourceLocation) {
        guard let service = state.services[id] else { return }
        for part in parts(of: service) {
            let upper = part.desired * service.deploymentConfiguration.maximumPercent / 100
            let count = part.tasks.count { $0.desiredStatus == .running }
            #expect(
                count <= upper, "\(part.name): \(count) tasks, \(upper) allowed",
                sourceLocation: location)
        }
    }

    /// State is a fold over the records.
    private func expectSame(_ core: ClusterState, _ location: SourceLocation) {
        #expect(state.revision == core.revision, sourceLocation: location)
        #expect(state.clusters == core.clusters, sourceLocation: location)
        #expect(state.definitions == core.definitions, sourceLocation: location)
        #expect(state.instances == core.instances, sourceLocation: location)
        #expect(state.services == core.services, sourceLocation: location)
        #expect(state.serviceDeployments == core.serviceDeployments, sourceLocation: location)
        #expect(state.serviceRevisions == core.serviceRevisions, sourceLocation: location)
        #expect(state.tasks == core.tasks, sourceLocation: location)
        #expect(state.joinTokens == core.joinTokens, sourceLocation: location)
        #expect(state.workers == core.workers, sourceLocation: location)
        #expect(state.accessKeys == core.accessKeys, sourceLocation: location)
        #expect(state.capacityProviders == core.capacityProviders, sourceLocation: location)
        for service in core.services.keys {
            #expect(state.events(of: service) == core.events(of: service), sourceLocation: location)
        }
        for instance in core.instances.keys {
            #expect(state.usage(of: instance) == core.usage(of: instance), sourceLocation: location)
        }
    }
}
