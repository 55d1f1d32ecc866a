import Model
import OrderedCollections
import TaskLifecycle
import WorkerCore

/// Agents and their hosts, as the worker's shell runs them.
extension World {
    func moment(of worker: Int) -> Moment { workers[worker].clock.moment(at: now) }

    // MARK: Beginnings and ends

    func startAgent(_ worker: Int, boot: UInt64) {
        guard workers[worker].isUp, workers[worker].boot == boot, workers[worker].agent == nil
        else { return }
        workers[worker].run += 1
        let host = workers[worker].host
        var settings = WorkerCore.Settings(
            name: workers[worker].name, cluster: Plan.cluster.name, agent: ids.identifier(),
            managers: ["manager:1"], resources: Resources(cpu: host.cpu, memory: host.memory),
            attributes: [Attribute(name: "ecs.availability-zone", value: host.zone)]
                + (host.endsTasksAlone ? [Attribute(name: OnLost.capability)] : [])
                + (host.group.map { [Attribute(name: CapacityProvider.groupAttribute, value: $0)] }
                    ?? []))
        settings.tasksMaximum = drawTasksMaximum(worker)
        settings.reportBatchMaximum = plan.reportBatchMaximum
        settings.stopTimeout = 5
        workers[worker].agent = WorkerCore(
            settings: settings, identity: workers[worker].identity, seed: ids.seed())
        let found = workers[worker].runtime.list()
        if !found.isEmpty { reach(.agentFoundItsTasks) }
        checker.agentStarted(on: worker)
        log("w\(worker)", "the agent starts and finds \(found.count) tasks")
        tell(worker, .started(found))
    }

    /// How many tasks an agent holds, for its whole run: some hold few while there are faults.
    private func drawTasksMaximum(_ worker: Int) -> Int {
        let chance = FaultKind.taskLimit.rawValue
        let isLimited = faultChances[chance].happens(400)
        let few = faultChances[chance].number(1...5)
        workers[worker].isLimited =
            isLimited && !isHealed && plan.has(.taskLimit) && !plan.isSheltered(worker)
        return workers[worker].isLimited ? few : plan.tasksPerWorkerMaximum
    }

    /// Operators give every agent room again, and start it anew.
    func liftLimits() {
        for worker in workers.indices where workers[worker].isLimited {
            killAgent(worker, startsAfter: scheduling.within(200...1_000))
        }
    }

    /// The agent is killed; its containers go on.
    func killAgent(_ worker: Int, startsAfter delay: Int64) {
        guard workers[worker].agent != nil else { return }
        log("w\(worker)", "the agent is killed")
        show(.agentCrash, worker: worker, for: delay)
        workers[worker].agent = nil
        workers[worker].run += 1
        dropConnections(of: worker, isSilent: false)
        agenda.add(
            .agentStarts(worker: worker, boot: workers[worker].boot), at: now + delay)
    }

    /// The host stops at once, and boots after a time.
    func cutPower(_ worker: Int, bootsAfter delay: Int64, keepsRecords: Bool) {
        guard workers[worker].isUp else { return }
        log("w\(worker)", "the host loses power")
        show(.powerLoss, worker: worker, for: delay)
        let wall = moment(of: worker).wall
        workers[worker].isUp = false
        workers[worker].boot += 1
        workers[worker].run += 1
        workers[worker].agent = nil
        workers[worker].keptUntil = nil
        for key in workers[worker].runtime.liveContainers {
            checker.containerEnded(key, on: worker, at: now)
            show(.containerEnded(key, worker: workers[worker].name))
        }
        workers[worker].runtime.losePower(at: wall, keepsRecords: keepsRecords)
        for number in connections.keys.sorted()
        where connections[number]?.worker == worker
            && connections[number]?.isOpenAtManager == true
        {
            // What it had sent last may still arrive; nobody tells the manager of the end.
            connections[number]?.isOpenAtWorker = false
        }
        workers[worker].connections = [:]
        pausedUntil[.worker(worker)] = nil
        backlog[.worker(worker)] = nil
        agenda.add(.hostBoots(worker: worker), at: now + delay)
    }

    func bootHost(_ worker: Int) {
        guard !workers[worker].isUp else { return }
        workers[worker].isUp = true
        workers[worker].clock.origin = -now
        // Old connections are reset as soon as the manager's side speaks, or keepalive does.
        for number in connections.keys.sorted()
        where connections[number]?.worker == worker
            && connections[number]?.isOpenAtManager == true
        {
            send(.closed, on: number, .toManager)
        }
        log("w\(worker)", "the host boots")
        agenda.add(
            .agentStarts(worker: worker, boot: workers[worker].boot),
            at: now + scheduling.within(200...2_000))
    }

    // MARK: Events and effects

    func tell(_ worker: Int, _ event: WorkerCore.Event) {
        guard workers[worker].agent != nil else { return }
        coreEvents += 1
        if case .identitySaved(let instance) = event {
            workers[worker].identity = instance
            workers[worker].identities.insert(instance)
        }
        var effects = WorkerCore.EffectBuffer()
        let moment = moment(of: worker)
        workers[worker].agent?.step(event, at: moment, into: &effects)
        let list = effects.drain()
        digest.mix(list, worker: worker)
        storm.count(.worker(worker), list.count, at: now, checker)
        for effect in list { perform(effect, worker) }
    }

    /// An event that comes by way of the agent's inbox.
    private func later(_ worker: Int, _ event: WorkerCore.Event, after delay: Int64 = 0) {
        agenda.add(
            .agentHears(worker: worker, run: workers[worker].run, event), at: now + delay)
    }

    private func perform(_ effect: WorkerCore.Effect, _ worker: Int) {
        switch effect {
        case .connect(let link, _): connect(link, worker: worker)
        case .disconnect(let link): disconnect(link, worker: worker)
        case .register(let call, let link, let registration):
            checker.said(registration.inventory, on: worker)
            request(.register(call, registration), call, on: link, worker)
        case .heartbeat(let call, let link, let heartbeat):
            request(.heartbeat(call, heartbeat), call, on: link, worker)
            if heartbeat.sequence % 10 == 0 { measure(worker) }
        case .report(let call, let link, let session, let reports):
            checker.said(reports, on: worker)
            request(.report(call, session, reports), call, on: link, worker)
        case .openAssignments(let call, let link, let session):
            reach(.streamOpened)
            request(.open(call, session), call, on: link, worker)
        case .saveIdentity(let instance):
            let delay = scheduling.within(1...30)
            // The file is in place only once all of it is on disk.
            agenda.add(
                .agentHears(
                    worker: worker, run: workers[worker].run, .identitySaved(instance)),
                at: now + delay)
        // No manager of the simulation asks for one, and usage decides nothing there.
        case .exec, .logs, .reportUsage: return
        case .run(let action): begin(action, worker)
        case .keep(let until): workers[worker].keptUntil = until
        case .wake(let instant):
            workers[worker].wakeNumber += 1
            guard let instant else { return }
            let due = max(now, workers[worker].clock.world(of: instant))
            agenda.add(
                .agentWakes(
                    worker: worker, run: workers[worker].run, number: workers[worker].wakeNumber),
                at: due)
        case .diagnose(let diagnostic):
            if trace.isOn { log("w\(worker)", "says: \(diagnostic.message)") }
            if diagnostic.message.hasPrefix("the manager is lost") { reach(.stoppedWhenLost) }
        case .finished:
            workers[worker].agent = nil
        case .join(let link, _):
            later(
                worker, .joinFailed(link, WorkerRefusal(.unavailable, "nobody gives certificates")))
        case .renew(let call, _):
            later(worker, .failed(call, WorkerRefusal(.unavailable, "nobody gives certificates")))
        }
    }

    /// The agent's shell measures what containers use.
    private func measure(_ worker: Int) {
        let running = workers[worker].runtime.liveContainers
        later(
            worker,
            .measured(running.map { ContainerUsage(task: $0.task, container: $0.container) }))
    }

    private func request(
        _ message: Message, _ call: WorkerCall, on link: LinkID, _ worker: Int
    ) {
        guard let number = workers[worker].connections[link],
            connections[number]?.isOpenAtWorker == true
        else {
            return later(
                worker,
                .failed(call, WorkerRefusal(.unavailable, "the connection is closed")))
        }
        send(message, on: number, .toManager)
    }

    func workerReceives(_ message: Message, on number: Int, _ link: LinkID, _ worker: Int) {
        switch message {
        case .accepted: tell(worker, .connected(link))
        case .registered(let call, let registered): tell(worker, .registered(call, registered))
        case .heard(let call): tell(worker, .heartbeatAnswered(call))
        case .reported(let call): tell(worker, .reportAnswered(call))
        case .refused(let call, let refusal): tell(worker, .failed(call, refusal))
        case .update(let call, let update): tell(worker, .assignments(call, update))
        case .closed:
            connections[number]?.isOpenAtWorker = false
            workers[worker].connections[link] = nil
            tell(worker, .disconnected(link, reason: "the connection was reset"))
        case .hello, .register, .heartbeat, .report, .open: return
        }
    }
}
