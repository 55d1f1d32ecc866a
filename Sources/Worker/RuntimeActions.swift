import Logging
import MetadataEndpoint
import Model
import Runtimes
import TaskLifecycle
import WorkerCore

// Between the runtime's words and the core's.

extension WorkerCore.RuntimeAction {
    /// Has the runtime do it and gives its answer for the core, if there is one.
    @concurrent
    func perform(
        with runtime: any ContainerRuntime, _ surroundings: ContainerSurroundings, logger: Logger
    ) async -> WorkerCore.Event? {
        do throws(RuntimeError) {
            switch self {
            case .prepare(let spec):
                try await runtime.prepare(surroundings.put(into: spec))
                return .task(spec.id, .prepared)
            case .abandon(let id):
                runtime.abandon(id)
                return nil
            case .start(let id, let container):
                let started = try await runtime.start(ContainerKey(task: id, name: container))
                return .task(id, .started(container: container, ContainerStart(started)))
            case .restart(let id, let container, let number):
                let started = try await runtime.restart(
                    ContainerKey(task: id, name: container), number: number)
                return .task(id, .started(container: container, ContainerStart(started)))
            case .stop(let id, let container, let timeout):
                try await runtime.stop(ContainerKey(task: id, name: container), timeout: timeout)
                return nil
            case .check(let id, let container, let number, let check):
                let passed = try await runtime.check(
                    ContainerKey(task: id, name: container), check)
                return .task(id, .checked(container: container, number: number, passed: passed))
            case .remove(let id):
                try await runtime.remove(id)
                return .task(id, .removed)
            }
        } catch {
            return failure(error, logger: logger)
        }
    }

    private func failure(_ error: RuntimeError, logger: Logger) -> WorkerCore.Event {
        let (id, input): (TaskID, TaskInput) =
            switch self {
            case .prepare(let spec): (spec.id, .prepareFailed(reason: error.reason))
            case .start(let id, let container), .restart(let id, let container, _):
                (id, .startFailed(container: container, reason: error.reason))
            case .stop(let id, let container, _): (id, .stopFailed(container: container))
            case .check(let id, let container, let number, _):
                (id, .checked(container: container, number: number, passed: false))
            case .remove(let id): (id, .removeFailed)
            // It can't fail.
            case .abandon(let id): (id, .tick)
            }
        // One that can't be run is run again after an interval: no news each time.
        var level: Logger.Level = if case .check = self { .debug } else { .warning }
        if error.isAbandonment { level = .debug }
        logger.log(
            level: level,
            "the runtime could not do what was asked",
            metadata: ["task": "\(id)", "reason": "\(error.reason)"])
        return .task(id, input)
    }
}

extension WorkerCore.Event {
    init(_ event: RuntimeEvent) {
        switch event {
        case .exited(let key, let exit):
            self = .task(key.task, .exited(container: key.name, ContainerEnd(exit)))
        }
    }
}

extension ContainerStart {
    init(_ started: StartedContainer) {
        self.init(
            runtimeID: started.runtimeID, startedAt: started.startedAt,
            networkBindings: started.networkBindings, imageDigest: started.imageDigest,
            address: started.address)
    }
}

extension ContainerEnd {
    init(_ exit: ContainerExit) {
        self.init(code: exit.code, reason: exit.reason, finishedAt: exit.finishedAt)
    }
}

extension RecoveredTask {
    init(_ found: FoundTask) {
        self.init(
            spec: found.spec,
            containers: found.containers.map { container in
                let state: RecoveredContainer.State =
                    switch container.state {
                    case .prepared: .prepared
                    case .running(let started): .running(ContainerStart(started))
                    case .exited(let started, let exit):
                        .exited(started.map { ContainerStart($0) }, ContainerEnd(exit))
                    }
                return RecoveredContainer(
                    name: container.name, state: state, stopRequested: container.stopRequested,
                    restarts: container.restarts)
            })
    }
}

extension KnownTask {
    init(_ task: TaskLifecycle) {
        let times = task.spec.containers.map { container in
            let (startedAt, finishedAt) = task.times(of: container.name)
            return (container.name, Times(startedAt: startedAt, finishedAt: finishedAt))
        }
        self.init(
            spec: task.spec, report: task.report, desired: task.desired,
            times: Dictionary(times) { first, _ in first })
    }
}
