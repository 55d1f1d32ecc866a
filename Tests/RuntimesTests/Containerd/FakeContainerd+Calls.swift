import CRI
import NIOCore
import RPC
import Synchronization
import Wire

// How it answers.
extension FakeContainerd {
    var methods: [RPCMethod] {
        [
            unary(.version) { (_: Name, _) in RuntimeVersion(name: "fake", version: "1") },
            unary(.status) { (_: StatusQuestion, state) in
                StatusAnswer(
                    status: RuntimeStatus(conditions: state.conditions),
                    info: [Pair("golang", "go1"), Pair("config", state.configuration)])
            },
            unary(.imageStatus) { (request: ImageStatus, state) in
                let image = request.image?.image ?? ""
                guard state.images.contains(image) else { return ImageStatusAnswer() }
                return ImageStatusAnswer(
                    image: Image(id: image, digests: ["\(image)@sha256:feed"]))
            },
            unary(.pullImage) { (request: PullImage, state) throws(RPCError) in
                if state.isWithoutImages { throw RPCError(.notFound, "no such image") }
                let image = request.image?.image ?? ""
                state.images.insert(image)
                return Name("sha256:beef")
            },
            unary(.runPodSandbox, run), unary(.stopPodSandbox, stopSandbox),
            unary(.removePodSandbox, removeSandbox),
            unary(.podSandboxStatus) { (request: SandboxStatusRequest, state) in
                SandboxStatusAnswer(
                    status: SandboxStatus(
                        id: request.id, network: SandboxNetwork(address: state.address)),
                    info: request.isVerbose ? [Pair("info", state.info)] : [])
            },
            unary(.listPodSandbox) { (request: ListSandboxes, state) in
                let labels = request.filter?.labels ?? []
                return SandboxList(
                    items: state.sandboxes.values.map(\.item).filter { item in
                        labels.allSatisfy { item.labels[$0.key] == $0.value }
                    })
            },
            unary(.createContainer, create), unary(.startContainer, startContainer),
            unary(.removeContainer) { (request: Name, state) in
                state.containers[request.name] = nil
                return Name("")
            },
            unary(.listContainers) { (request: ListContainers, state) in
                ContainerList(items: state.containers.map { $0.value.item(id: $0.key) })
            },
            unary(.containerStatus) { (request: Name, state) throws(RPCError) in
                guard let container = state.containers[request.name] else {
                    throw RPCError(.notFound, "no container \(request.name)")
                }
                return ContainerStatusAnswer(status: container.status)
            },
            unary(.listContainerStats) { (_: ListContainerStats, state) in
                ContainerStatList(
                    items: state.containers.keys.map {
                        ContainerStat(id: $0, cpuTime: 5_000_000_000, memory: 7 << 20)
                    })
            },
            unary(.listPodSandboxStats) { (_: ListSandboxStats, state) in
                SandboxStatList(
                    items: state.sandboxes.keys.map {
                        SandboxStat(id: $0, received: 100, sent: 200)
                    })
            },
            unary(.reopenContainerLog) { (_: Name, _) in Name("") },
            unary(.execSync) { (_: ExecSync, state) in ExecSyncAnswer(exitCode: state.checkCode) },
            stopMethod, subscribeMethod,
        ]
    }

    private func run(_ request: RunSandbox, _ state: inout State) throws(RPCError) -> Name {
        let config = request.config ?? SandboxConfig()
        guard !state.sandboxes.values.contains(where: { $0.config.metadata == config.metadata })
        else {
            throw RPCError(.unknown, "failed to reserve sandbox name")
        }
        let id = state.id("sandbox")
        state.sandboxes[id] = Sandbox(
            item: SandboxItem(
                id: id, metadata: config.metadata, createdAt: Int64(state.number),
                labels: config.labels, annotations: config.annotations), config: config)
        return Name(id)
    }

    private func stopSandbox(_ request: Name, _ state: inout State) throws(RPCError) -> Name {
        guard state.sandboxes[request.name] != nil else {
            throw RPCError(.notFound, "no sandbox \(request.name)")
        }
        state.sandboxes[request.name]?.item.state = .notReady
        for (id, container) in state.containers where container.sandbox == request.name {
            state.containers[id]?.status.state = .exited
        }
        return Name("")
    }

    private func removeSandbox(_ request: Name, _ state: inout State) -> Name {
        state.sandboxes[request.name] = nil
        state.containers = state.containers.filter { $0.value.sandbox != request.name }
        return Name("")
    }

    private func create(_ request: CreateContainer, _ state: inout State) throws(RPCError) -> Name {
        let config = request.config ?? ContainerConfig()
        let isKnown = state.containers.values.contains {
            $0.sandbox == request.sandbox && $0.config.metadata == config.metadata
        }
        guard !isKnown else { throw RPCError(.unknown, "failed to reserve container name") }
        let id = state.id("container")
        state.containers[id] = Container(
            config: config, sandbox: request.sandbox, status: ContainerDetails(id: id))
        return Name(id)
    }

    private func startContainer(_ request: Name, _ state: inout State) throws(RPCError) -> Name {
        guard state.containers[request.name]?.status.state == .created else {
            throw RPCError(.unknown, "it is not in the state created")
        }
        state.containers[request.name]?.status.state = .running
        state.containers[request.name]?.status.startedAt = 1_000_000_000
        return Name("")
    }

    /// With the form of a call that is answered when the container has ended.
    private var stopMethod: RPCMethod {
        .unary(CRIMethod.stopContainer.rawValue) { bytes, _, reply in
            guard let request = try? StopContainer.decoded(bytes) else { return }
            let error = self.state.withLock { state in
                state.note(.stopContainer, "\(request.container) \(request.timeout)")
            }
            if let error { return reply.fail(error) }
            self.end(request.container, request.timeout == 0 ? 137 : 0, "")
            reply.succeed([])
        }
    }

    private var subscribeMethod: RPCMethod {
        .serverStream(CRIMethod.subscribe.rawValue) { _, _, writer in
            let hasEvents = self.state.withLock { state in
                if state.hasEvents { state.subscribers.append(writer) }
                return state.hasEvents
            }
            if !hasEvents { writer.finish(RPCStatus(.unimplemented, "no events here")) }
        }
    }

    private func unary<Request: CRIMessage, Answer: CRIMessage>(
        _ method: CRIMethod,
        _ body: @escaping @Sendable (Request, inout State) throws(RPCError) -> Answer
    ) -> RPCMethod {
        .unary(method.rawValue) { bytes, _, reply in
            let answer: @Sendable () -> Void = {
                do {
                    let request = try Request.decoded(bytes)
                    let answer = try self.state.withLock { state in
                        try body(request, &state)
                    }
                    reply.succeed(try answer.encoded())
                } catch {
                    reply.fail(error as? RPCError ?? RPCError(.internalError, "\(error)"))
                }
            }
            let request = try? Request.decoded(bytes)
            let text = (request as? Name)?.name ?? (request as? PullImage)?.image?.image ?? ""
            let (error, isHeld) = self.state.withLock { state in
                let error = state.note(method, text)
                let isHeld = error == nil && state.held.contains(method)
                if isHeld { state.waiting.append(answer) }
                return (error, isHeld)
            }
            if let error { return reply.fail(error) }
            if !isHeld { answer() }
        }
    }
}

extension FakeContainerd.State {
    /// Remembers a call and says how it fails, if it does.
    mutating func note(_ method: CRIMethod, _ text: String) -> RPCError? {
        if unreadyCalls > 0 {
            unreadyCalls -= 1
            return RPCError(.unknown, "server is not initialized yet")
        }
        calls.append("\(method.rawValue.split(separator: "/").last ?? "") \(text)")
        guard var errors = failures[method], !errors.isEmpty else { return nil }
        defer { failures[method] = errors }
        return errors.removeFirst()
    }
}

extension FakeContainerd.Container {
    fileprivate func item(id: String) -> ContainerItem {
        ContainerItem(
            id: id, sandbox: sandbox, metadata: config.metadata, state: status.state,
            labels: config.labels)
    }
}
