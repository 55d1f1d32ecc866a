import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// What workers are told to run.
extension ManagerCore {
    /// Notes a change for a worker; it goes out with the step's others.
    mutating func assign(_ change: AssignmentChange, to instance: InstanceID) {
        guard sessions[instance]?.isListening == true else { return }
        outgoing[instance, default: []].append(change)
    }

    /// Tells a task's worker what is wanted of it.
    mutating func assign(_ task: ECSTask) {
        guard sessions[task.instance]?.isListening == true, let assignment = assignment(of: task)
        else { return }
        assign(.put(assignment), to: task.instance)
    }

    mutating func flushAssignments() {
        for (instance, changes) in outgoing {
            guard let session = sessions[instance], session.isListening else { continue }
            var revision = session.revision
            var start = 0
            while start < changes.count {
                let end = min(start + settings.assignmentsPerUpdateMaximum, changes.count)
                let update = AssignmentUpdate.changes(
                    appliesTo: revision, revision: revision + 1, Array(changes[start..<end]))
                effects.sends.append(.init(session: session.id, update: update))
                revision += 1
                start = end
            }
            sessions[instance]?.revision = revision
        }
        outgoing.removeAll(keepingCapacity: true)
    }

    /// A task as its worker needs it: the definition with the task's overrides put in.
    func assignment(of task: ECSTask) -> Assignment? {
        guard let definition = state.definitions[task.definition],
            let cluster = state.clusters[task.cluster]
        else { return nil }
        let spec = TaskSpec(
            id: task.id, arn: arns.task(task.id, in: cluster), cluster: cluster.name,
            family: definition.key.family, revision: definition.key.revision, group: task.group,
            containers: definition.containers.map { $0.overridden(by: task.overrides) },
            containerIDs: task.containers.map(\.id),
            cpu: task.overrides.cpu ?? definition.cpu,
            memory: task.overrides.memory ?? definition.memory, onLost: task.onLost,
            networkMode: definition.networkMode, pidMode: definition.pidMode,
            ipcMode: definition.ipcMode)
        return Assignment(spec: spec, desired: task.desiredStatus)
    }
}

extension ContainerDefinition {
    /// The definition with what a task overrides of it. Environment variables merge by name
    /// (ECS, `ContainerOverride`).
    func overridden(by overrides: TaskOverrides) -> ContainerDefinition {
        guard let override = overrides.containers.last(where: { $0.name == name }) else {
            return self
        }
        var result = self
        result.command = override.command ?? command
        result.cpu = override.cpu ?? cpu
        result.memory = override.memory ?? memory
        result.memoryReservation = override.memoryReservation ?? memoryReservation
        result.gpus = override.gpus ?? gpus
        for variable in override.environment {
            result.environment.removeAll { $0.name == variable.name }
            result.environment.append(variable)
        }
        return result
    }
}
