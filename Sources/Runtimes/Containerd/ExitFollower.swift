import CRI
import Logging
import Model
import RPC
import Wire

/// Finds out that containers have ended: at once by containerd's events, and by looking now and
/// then, for what no event told of. The events tell of health checks, too.
final class ExitFollower: Sendable {
    /// From one look to the next, while events come and while they don't.
    private static let lookPeriod = Duration.seconds(5)
    private static let lookPeriodAlone = Duration.seconds(1)
    /// Pauses between attempts to subscribe.
    private static let pauseMaximum = Duration.seconds(1)
    /// From containerd's event until CRI knows of an end, also on a busy host.
    private static let settlingUsual = Duration.milliseconds(100)

    private let client: CRIClient
    private let pods: Pods
    private let teller: Teller
    private let owner: String
    private let logger: Logger
    private let subscription = Subscription()
    let checks = ChecksUnderWay()

    init(client: CRIClient, pods: Pods, teller: Teller, owner: String, logger: Logger) {
        self.client = client
        self.pods = pods
        self.teller = teller
        self.owner = owner
        self.logger = logger
    }

    /// Goes on until it is cancelled.
    @concurrent
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followEvents() }
            group.addTask { await self.lookAgainAndAgain() }
        }
    }

    // MARK: Events

    private func followEvents() async {
        var pause = CRIClient.pause
        while !Task.isCancelled {
            await withDiscardingTaskGroup { group in
                do {
                    let request = try Subscribe(
                        filters: [#"namespace==k8s.io,topic~="^/tasks/(exit|exec-started)""#]
                    ).encoded()
                    let stream = client.channel.serverStream(
                        CRIMethod.subscribe.rawValue, request, waitForReady: true)
                    if client.channel.state == .ready { subscription.begin() }
                    for try await bytes in stream {
                        subscription.begin()
                        pause = CRIClient.pause
                        guard let envelope = try? Envelope.decoded(bytes) else { continue }
                        if let started = Self.started(envelope) { checks.note(started) }
                        guard let id = Self.ended(envelope) else { continue }
                        group.addTask { await self.hear(id) }
                    }
                } catch {
                    logger.debug("containerd's events ended", metadata: ["error": "\(error)"])
                }
            }
            subscription.end()
            guard !Task.isCancelled else { return }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pauseMaximum)
        }
    }

    /// The container whose main process has ended.
    private static func ended(_ envelope: Envelope) -> String? {
        guard envelope.topic == "/tasks/exit",
            let event = envelope.event, let exit = try? TaskExit.decoded(event.value),
            exit.process == exit.container
        else { return nil }
        return exit.container
    }

    /// A program that runs in a container besides.
    private static func started(_ envelope: Envelope) -> TaskExecStarted? {
        guard envelope.topic == "/tasks/exec-started", let event = envelope.event else {
            return nil
        }
        return try? TaskExecStarted.decoded(event.value)
    }

    private func hear(_ id: String) async {
        if let task = pods.task(ofSandbox: id) { return await stopAll(of: task) }
        guard pods.key(of: id) != nil else { return }
        var isStarting = false
        pods.change(id) { made in
            guard case .starting = made.phase else { return }
            made.phase = .starting(hasEnded: true)
            isStarting = true
        }
        if !isStarting { await settle(id) }
    }

    /// Waits until CRI, too, knows of a container's end, usually some 40 ms, and tells it.
    func settle(_ id: String) async {
        let start = ContinuousClock.now
        var pause = Duration.milliseconds(4)
        while pause < .seconds(2), !Task.isCancelled {
            if await look(at: id) { return }
            try? await Task.sleep(for: pause)
            // Where it takes longer than usual, there is no hurry.
            if ContinuousClock.now - start > Self.settlingUsual { pause = pause * 3 / 2 }
        }
    }

    /// Whether the container has ended, which is told then.
    @discardableResult
    func look(at id: String) async -> Bool {
        let answer: Result<ContainerStatusAnswer, RPCError>
        do throws(RPCError) {
            answer = .success(try await client.call(.containerStatus, Name(id)))
        } catch {
            answer = .failure(error)
        }
        switch answer {
        case .success(let answer):
            guard let status = answer.status else { return false }
            if status.state == .unknown { await kill(id) }
            guard status.state == .exited else { return false }
            tell(id, ContainerExit(status))
        case .failure(let error):
            guard error.code == .notFound else { return false }
            tell(id, .gone())
        }
        return true
    }

    /// Of a container that containerd lost track of, which may run on: with its process gone
    /// containerd knows of an end.
    private func kill(_ id: String) async {
        do throws(RPCError) {
            try await client.once(.stopContainer, StopContainer(container: id, timeout: 0))
        } catch {
            logger.warning(
                "containerd lost track of a container and can't kill it",
                metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }

    private func tell(_ id: String, _ exit: ContainerExit) {
        guard let (key, was) = pods.change(id, { if $0.phase == .running { $0.phase = .ended } }),
            was.phase == .running
        else { return }
        teller.tell(.exited(key, exit))
    }

    // MARK: Looks

    private func lookAgainAndAgain() async {
        var elapsed = Duration.zero
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.lookPeriodAlone)
            elapsed += Self.lookPeriodAlone
            guard !subscription.stands(for: Self.lookPeriod) || elapsed >= Self.lookPeriod else {
                continue
            }
            elapsed = .zero
            await lookAtAll()
        }
    }

    /// Compares what should run with what containerd says.
    func lookAtAll() async {
        let running = pods.running
        guard !running.isEmpty else { return }
        let labels = [Pair(PodPlan.Label.owner, owner)]
        guard
            let list: ContainerList = try? await client.once(
                .listContainers, ListContainers(filter: ContainerFilter(labels: labels))),
            let sandboxes: SandboxList = try? await client.once(
                .listPodSandbox, ListSandboxes(filter: SandboxFilter(labels: labels)))
        else { return }
        let alive = Set(list.items.lazy.filter { $0.state == .running }.map(\.id))
        for (id, _) in running where !alive.contains(id) { await look(at: id) }
        for sandbox in sandboxes.items where sandbox.state == .notReady {
            guard let task = pods.task(ofSandbox: sandbox.id) else { continue }
            await stopAll(of: task)
        }
    }

    /// A sandbox is gone, as when its first process was killed: containerd lets its containers run
    /// on without it, and so they are stopped.
    private func stopAll(of task: TaskID) async {
        guard let pod = pods[task] else { return }
        for (name, made) in pod.containers where made.phase == .running {
            guard let definition = pod.plan.record.definition(of: name) else { continue }
            logger.warning(
                "stopping a container whose sandbox is gone",
                metadata: ["task": "\(task)", "container": "\(name)"])
            let timeout = definition.stopTimeout ?? ContainerDefinition.stopTimeoutDefault
            try? await client.once(
                .stopContainer, StopContainer(container: made.id, timeout: Int64(timeout)),
                timeout: .seconds(timeout + 30))
            await settle(made.id)
        }
    }
}
