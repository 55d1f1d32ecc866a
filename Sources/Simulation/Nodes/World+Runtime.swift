import Model
import TaskLifecycle
import WorkerCore

/// What a runtime does with what the agent asks of it, and what goes wrong there.
extension World {
    func begin(_ action: WorkerCore.RuntimeAction, _ worker: Int) {
        let run = workers[worker].run
        switch action {
        case .prepare(let spec):
            runtimeWill(.prepared(spec, agent: run), worker, after: 20...600)
        // Images come soon here.
        case .abandon: break
        case .start(let task, let container):
            let name = ContainerName(task: task, container: container)
            runtimeWill(.starts(name, agent: run), worker, after: 5...100)
        case .restart(let task, let container, let number):
            let name = ContainerName(task: task, container: container)
            runtimeWill(.restarts(name, number: number, agent: run), worker, after: 5...100)
        case .stop(let task, let container, let timeout):
            stop(ContainerName(task: task, container: container), worker, timeout)
        case .check(let task, let container, let number, let check):
            self.check(ContainerName(task: task, container: container), number, check, worker)
        case .remove(let task): runtimeWill(.removed(task, agent: run), worker, after: 5...100)
        }
    }

    private func runtimeWill(
        _ step: RuntimeStep, _ worker: Int, after delays: ClosedRange<Int64>
    ) {
        agenda.add(
            .runtime(worker: worker, boot: workers[worker].boot, step),
            at: now + runtimeChance.within(delays))
    }

    private func goesWrong(_ kind: FaultKind, _ perMille: Int) -> Bool {
        // The draw is made in any case, so that a kind less changes no other's draws.
        let happens = faultChances[kind.rawValue].happens(perMille)
        return happens && !isHealed && plan.has(kind)
    }

    /// The runtime's word to the agent, if that one still runs.
    private func say(_ worker: Int, _ task: TaskID, _ input: TaskInput, to run: UInt64? = nil) {
        agenda.add(
            .agentHears(
                worker: worker, run: run ?? workers[worker].run, .task(task, input)),
            at: now + runtimeChance.within(0...4))
    }

    func advance(_ worker: Int, _ step: RuntimeStep) {
        if pausedUntil[.worker(worker)].map({ $0 > now }) == true {
            // The whole host stands still.
            agenda.add(
                .runtime(worker: worker, boot: workers[worker].boot, step),
                at: pausedUntil[.worker(worker)] ?? now)
            return
        }
        switch step {
        case .prepared(let spec, let run):
            // Preparing is the agent's own work and ends with it.
            guard workers[worker].run == run else { return }
            if goesWrong(.pullFailure, 60) {
                reach(.pullFailed)
                let reason = "CannotPullContainerError: the image can't be had"
                return say(worker, spec.id, .prepareFailed(reason: reason))
            }
            workers[worker].runtime.hold(spec)
            say(worker, spec.id, .prepared)
        case .starts(let name, let run): start(name, worker, run)
        case .restarts(let name, let number, let run): restart(name, number, worker, run)
        case .exits(let name, let code, let reason): exit(name, worker, code, reason)
        case .removed(let id, let run):
            guard workers[worker].run == run else { return }
            for name in workers[worker].runtime.liveContainers where name.task == id {
                checker.containerEnded(name, on: worker, at: now)
                show(.containerEnded(name, worker: workers[worker].name))
            }
            workers[worker].runtime.remove(id)
            say(worker, id, .removed)
        case .leaseIsLookedAt(let name): lookAtLease(of: name, worker)
        case .checkEnds(let name, let number, let passed, let run):
            endCheck(of: name, number, passed: passed, worker, run)
        }
    }

    /// What ended is prepared once more, whatever becomes of the agent then.
    private func restart(_ name: ContainerName, _ number: Int, _ worker: Int, _ run: UInt64) {
        guard var container = workers[worker].runtime[name] else { return }
        if case .exited = container.state, container.restarts < number {
            guard !container.isStopRequested else {
                let reason = "CannotStartContainerError: it was told to stop"
                return say(
                    worker, name.task, .startFailed(container: name.container, reason: reason),
                    to: run)
            }
            container.restarts = number
            container.state = .prepared
            workers[worker].runtime[name] = container
            reach(.restartedInPlace)
        }
        start(name, worker, run)
    }

    private func start(_ name: ContainerName, _ worker: Int, _ run: UInt64) {
        guard var container = workers[worker].runtime[name] else { return }
        if case .running(let start) = container.state {
            // An earlier agent's start came to its end after that agent's.
            return say(
                worker, name.task, .started(container: name.container, start), to: run)
        }
        guard case .prepared = container.state else { return }
        func fail(_ reason: String) {
            // The runtime remembers that this start failed: it is not tried again.
            let end = ContainerEnd(code: nil, reason: reason, finishedAt: moment(of: worker).wall)
            container.state = .exited(nil, end)
            workers[worker].runtime[name] = container
            say(worker, name.task, .startFailed(container: name.container, reason: reason), to: run)
        }
        if goesWrong(.startFailure, 50) {
            reach(.startFailed)
            return fail("CannotStartContainerError: no such file")
        }
        if isMortal(name.task, worker), isAbandoned(name, worker) {
            reach(.startRefusedWithoutLease)
            return fail("CannotStartContainerError: the worker has no manager")
        }
        if workers[worker].runtime.isTaken(container.fixedPorts) {
            reach(.portStillTaken)
            return fail("CannotStartContainerError: address already in use")
        }
        let wall = moment(of: worker).wall
        let start = ContainerStart(
            runtimeID: "r\(events)", startedAt: wall,
            networkBindings: container.fixedPorts.map {
                NetworkBinding(containerPort: 80, hostPort: $0)
            })
        container.state = .running(start)
        container.sick = drawSickness(of: container.definition)
        if container.definition.dependsOn.contains(where: { $0.condition == .healthy }) {
            reach(.startedWhenHealthy)
        }
        workers[worker].runtime[name] = container
        if trace.isOn { log("w\(worker)", "container \(name) starts") }
        checker.containerStarted(
            name, on: worker, instances: workers[worker].identities,
            isRestart: container.restarts > 0, at: now)
        show(.containerStarted(name, worker: workers[worker].name))
        if isMortal(name.task, worker) { watchLease(of: name, worker) }
        if goesWrong(.exitRace, 15) {
            reach(.exitOvertookStart)
            exit(name, worker, 1, nil)
            say(worker, name.task, .started(container: name.container, start), to: run)
            return
        }
        say(worker, name.task, .started(container: name.container, start), to: run)
        planExit(of: name, container.definition, worker)
    }

    private func planExit(
        of name: ContainerName, _ definition: ContainerDefinition, _ worker: Int
    ) {
        func exits(_ code: Int, _ reason: String? = nil, after delays: ClosedRange<Int64>) {
            runtimeWill(.exits(name, code: code, reason: reason), worker, after: delays)
        }
        if definition.image.hasPrefix("bad"), !isHealed { return exits(1, after: 0...1_500) }
        if definition.command == ["once"] { return exits(0, after: 500...20_000) }
        if definition.restartPolicy != nil, !isHealed {
            let delay = restartChance.within(20_000...240_000)
            let code = restartChance.happens(200) ? Workload.ignoredExitCode : 3
            agenda.add(
                .runtime(
                    worker: worker, boot: workers[worker].boot,
                    .exits(name, code: code, reason: nil)), at: now + delay)
        }
        if goesWrong(.earlyExit, 50) { exits(2, after: 0...6_000) }
        if goesWrong(.outOfMemory, 25) {
            exits(137, "OutOfMemoryError: Container killed due to memory usage", after: 50...60_000)
        }
    }

    private func exit(_ name: ContainerName, _ worker: Int, _ code: Int?, _ reason: String?) {
        guard var container = workers[worker].runtime[name],
            case .running(let start) = container.state
        else { return }
        let end = ContainerEnd(code: code, reason: reason, finishedAt: moment(of: worker).wall)
        container.state = .exited(start, end)
        workers[worker].runtime[name] = container
        if trace.isOn { log("w\(worker)", "container \(name) exits") }
        if reason != nil { reach(.outOfMemoryKilled) }
        if container.definition.restartPolicy != nil, code == Workload.ignoredExitCode {
            reach(.ignoredExitStood)
        }
        checker.containerEnded(name, on: worker, at: now)
        show(.containerEnded(name, worker: workers[worker].name))
        say(worker, name.task, .exited(container: name.container, end))
    }

    private func stop(_ name: ContainerName, _ worker: Int, _ timeout: Duration) {
        guard var container = workers[worker].runtime[name] else { return }
        container.isStopRequested = true
        workers[worker].runtime[name] = container
        signalStop(name, worker, timeout)
    }

    func signalStop(_ name: ContainerName, _ worker: Int, _ timeout: Duration) {
        if goesWrong(.stopHang, 150) {
            reach(.stopTimedOut)
            let limit = timeout.milliseconds
            runtimeWill(.exits(name, code: 137, reason: nil), worker, after: limit...limit)
        } else {
            runtimeWill(.exits(name, code: 143, reason: nil), worker, after: 5...400)
        }
    }
}
