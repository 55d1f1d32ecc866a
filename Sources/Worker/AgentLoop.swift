import Logging
import MetadataEndpoint
import Model
import NIOCore
import NIOPosix
import RPC
import Runtimes
import TaskLifecycle
import WorkerCore

/// The owner of a worker's core: gives it what comes in and carries out what it says.
///
/// It runs as one task on one event loop. Nothing in it waits: calls, runtime actions and files go
/// to child tasks, whose answers come back through the inbox.
struct AgentLoop {
    let inbox: Inbox
    let runtime: any ContainerRuntime
    let folder: DataFolder
    /// `nil` when the worker proves nothing.
    let joining: Joining?
    let loop: any EventLoop
    let logger: Logger
    let commands: CommandRuns
    let logs: LogReads
    let usage: UsageLoop
    let health: HealthLoop
    let surroundings: ContainerSurroundings
    var core: WorkerCore

    private var effects = WorkerCore.EffectBuffer()
    /// Connections in the making (`nil`) and made.
    private var links: [LinkID: ManagerCalls?] = [:]
    private var stream: RPCResponseStream?
    private var timer: Scheduled<Void>?
    private var lanes: [ActionLane.Name: ActionLane] = [:]
    private var meter = LoadMeter()
    private var isFinished = false
    /// The host's sleep when the last two calls that renew the session were sent: the answered one
    /// is among them, and what it slept since then counts against the lease.
    private var sleeps = (earlier: Clock.sleep, last: Clock.sleep)

    init(
        core: WorkerCore, inbox: Inbox, runtime: any ContainerRuntime, folder: DataFolder,
        joining: Joining?, usage: UsageLoop, health: HealthLoop,
        surroundings: ContainerSurroundings, loop: any EventLoop, logger: Logger
    ) {
        self.core = core
        self.inbox = inbox
        self.runtime = runtime
        self.folder = folder
        self.joining = joining
        self.usage = usage
        self.health = health
        self.surroundings = surroundings
        self.loop = loop
        self.logger = logger
        commands = CommandRuns(runtime: runtime, logger: logger)
        logs = LogReads(runtime: runtime, logger: logger)
    }

    /// Runs until the core has finished.
    mutating func run(from first: WorkerCore.Event) async {
        await withDiscardingTaskGroup { group in
            step(first, in: &group)
            group.addTask(executorPreference: globalConcurrentExecutor) { [usage] in
                await usage.run()
            }
            group.addTask(executorPreference: globalConcurrentExecutor) { await CodePages().run() }
            group.addTask(executorPreference: globalConcurrentExecutor) { [health] in
                await health.run()
            }
            if let endpoint = surroundings.endpoint { group.addTask { await endpoint.run() } }
            while !isFinished {
                for item in await inbox.next() {
                    if isFinished { Inbox.discard([item]) } else { take(item, in: &group) }
                }
            }
            inbox.close()
            timer?.cancel()
            stream?.cancel()
            group.cancelAll()
            for case let calls? in links.values {
                group.addTask { await calls.connection.close() }
            }
        }
    }

    // MARK: Events

    private mutating func take(_ item: Inbox.Item, in group: inout DiscardingTaskGroup) {
        switch item {
        case .event(let event): step(event, in: &group)
        case .delivered(let event, let reader):
            step(event, in: &group)
            reader.resume()
        case .acted(let lane, let event):
            lanes[lane]?.end()
            if let event { step(event, in: &group) }
            beginActions(of: lane, in: &group)
        case .asked(let question): answer(question, in: &group)
        case .linked(let id, let connection):
            guard links[id] != nil else {
                // The core gave up on it meanwhile.
                group.addTask { await connection.close() }
                return
            }
            links[id] = .some(ManagerCalls(connection: connection))
            connection.onClose { [inbox] error in
                inbox.post(.disconnected(id, reason: error.message))
            }
            step(.connected(id), in: &group)
        }
    }

    private mutating func step(_ event: WorkerCore.Event, in group: inout DiscardingTaskGroup) {
        if case .disconnected(let id, _) = event { links[id] = nil }
        core.step(event, at: Clock.now, into: &effects)
        for effect in effects.drain() { perform(effect, in: &group) }
    }

    private func answer(_ question: Question, in group: inout DiscardingTaskGroup) {
        switch question {
        case .task(let id, let reply):
            reply.resume(returning: core.task(id).map { KnownTask($0) })
        case .protection(let id, let change, let reply):
            guard let (link, session) = core.speaking, case let calls?? = links[link] else {
                return question.decline()
            }
            group.addTask {
                reply.resume(returning: await calls.protection(of: id, change, in: session))
            }
        }
    }

    // MARK: Effects

    private mutating func perform(
        _ effect: WorkerCore.Effect, in group: inout DiscardingTaskGroup
    ) {
        switch effect {
        case .join(let id, let address): join(id, at: address, in: &group)
        case .renew(let call, let link):
            request(call, on: link, in: &group) { [joining] calls in
                await calls.renew(call, joining)
            }
        case .connect(let id, let address): connect(id, to: address, in: &group)
        case .disconnect(let id): disconnect(id, in: &group)
        case .register(let call, let link, let registration):
            sleeps = (sleeps.last, Clock.sleep)
            request(call, on: link, in: &group) { await $0.register(call, registration) }
        case .heartbeat(let call, let link, var heartbeat):
            sleeps = (sleeps.last, Clock.sleep)
            (heartbeat.usedCPU, heartbeat.usedMemory) = meter.measure()
            request(call, on: link, in: &group) { [heartbeat] in await $0.heartbeat(call, heartbeat)
            }
        case .report(let call, let link, let session, let reports):
            request(call, on: link, in: &group) { await $0.report(call, session, reports) }
        case .openAssignments(let call, let link, let session):
            open(call, on: link, session, in: &group)
        case .reportUsage(let link, let report):
            guard case let calls?? = links[link] else { return }
            group.addTask { await calls.reportUsage(report) }
        case .exec(let request, let link, let session):
            guard case let calls?? = links[link] else { return }
            group.addTask(executorPreference: globalConcurrentExecutor) { [commands] in
                await commands.carry(request, in: session, on: calls.connection)
            }
        case .logs(let request, let link, let session):
            guard case let calls?? = links[link] else { return }
            group.addTask(executorPreference: globalConcurrentExecutor) { [logs] in
                await logs.carry(request, in: session, on: calls.connection)
            }
        case .saveIdentity(let instance): save(instance, in: &group)
        case .run(.abandon(let task))
        where lanes[.prepare]?.drop(preparationOf: task) == true:
            let reason = RuntimeError.abandonment.reason
            inbox.post(.event(.task(task, .prepareFailed(reason: reason))))
        case .run(let action):
            let lane = ActionLane.name(for: action)
            lanes[lane, default: ActionLane()].add(action)
            beginActions(of: lane, in: &group)
        case .keep(let until): runtime.keep(until: until.milliseconds + sleeps.earlier)
        case .wake(let instant): wake(at: instant)
        case .diagnose(let diagnostic): logger.log(diagnostic)
        case .finished: isFinished = true
        }
    }

    private func join(
        _ id: LinkID, at text: String, in group: inout DiscardingTaskGroup
    ) {
        guard let joining, let address = ManagerAddress(text) else {
            let refusal = WorkerRefusal(.unavailable, "the address \"\(text)\" is not host:port")
            return inbox.post(.joinFailed(id, refusal))
        }
        group.addTask { [inbox] in
            do throws(WorkerRefusal) {
                inbox.post(.joined(id, try await joining.certificate(from: address)))
            } catch {
                inbox.post(.joinFailed(id, error))
            }
        }
    }

    private mutating func connect(
        _ id: LinkID, to text: String, in group: inout DiscardingTaskGroup
    ) {
        guard let address = ManagerAddress(text) else {
            inbox.post(.disconnected(id, reason: "the address \"\(text)\" is not host:port"))
            return
        }
        links[id] = .some(nil)
        group.addTask { [inbox, loop, logger, joining] in
            do {
                let connection = try await RPCClientConnection.connect(
                    to: .tcp(host: address.host, port: address.port),
                    tls: joining?.credentials.tls(), group: loop, logger: logger)
                inbox.post(.linked(id, connection))
            } catch {
                inbox.post(.disconnected(id, reason: Self.reason(error, isProven: joining != nil)))
            }
        }
    }

    /// A manager that speaks TLS closes a connection that does not, and can't say why.
    private static func reason(_ error: any Error, isProven: Bool) -> String {
        let message = ManagerCalls.refusal(error).message
        guard !isProven, message.hasSuffix("the connection is closed") else { return message }
        return message
            + ". If the manager serves with TLS, as it does unless started with --no-tls, start "
            + "the worker with a join token in place of --no-tls"
    }

    private mutating func disconnect(_ id: LinkID, in group: inout DiscardingTaskGroup) {
        stream?.cancel()
        stream = nil
        guard case let calls?? = links.removeValue(forKey: id) else { return }
        group.addTask { await calls.connection.close() }
    }

    private func request(
        _ call: CallID, on link: LinkID, in group: inout DiscardingTaskGroup,
        _ body: @escaping @Sendable (ManagerCalls) async -> WorkerCore.Event
    ) {
        guard case let calls?? = links[link] else { return inbox.post(Self.gone(call)) }
        group.addTask { [inbox] in inbox.post(await body(calls)) }
    }

    private mutating func open(
        _ call: CallID, on link: LinkID, _ session: SessionID,
        in group: inout DiscardingTaskGroup
    ) {
        stream?.cancel()
        stream = nil
        guard case let calls?? = links[link] else { return inbox.post(Self.gone(call)) }
        do {
            let stream = try calls.assignments(session)
            self.stream = stream
            group.addTask { [inbox] in await ManagerCalls.follow(stream, call, into: inbox) }
        } catch {
            inbox.post(.failed(call, ManagerCalls.refusal(error)))
        }
    }

    private func save(_ instance: InstanceID, in group: inout DiscardingTaskGroup) {
        group.addTask { [inbox, folder] in
            do {
                try await NIOThreadPool.singleton.runIfActive { try folder.save(instance) }
                inbox.post(.identitySaved(instance))
            } catch {
                inbox.post(.identityNotSaved(instance, reason: "\(error)"))
            }
        }
    }

    private mutating func beginActions(
        of lane: ActionLane.Name, in group: inout DiscardingTaskGroup
    ) {
        while let action = lanes[lane]?.begin(lane) {
            // Off the event loop: a runtime may be slow, heartbeats may not.
            group.addTask(executorPreference: globalConcurrentExecutor) {
                [inbox, runtime, surroundings, logger] in
                let event = await action.perform(with: runtime, surroundings, logger: logger)
                inbox.post(.acted(lane, event))
            }
        }
    }

    private mutating func wake(at instant: Instant?) {
        timer?.cancel()
        timer = instant.map { instant in
            loop.scheduleTask(deadline: Clock.deadline(instant)) { [inbox] in inbox.post(.woke) }
        }
    }

    private static func gone(_ call: CallID) -> WorkerCore.Event {
        .failed(call, WorkerRefusal(.unavailable, "the connection is closed"))
    }
}
