import CRI
import Model
import NIOCore
import RPC
import Synchronization

// What an agent asks of containerd, and the answers.
extension StandInContainerd {
    var methods: [RPCMethod] {
        [
            unary(.version) { (_: Name, _) in RuntimeVersion(name: "containerd", version: "1") },
            unary(.status) { (_: StatusQuestion, _) in StatusAnswer(status: RuntimeStatus()) },
            unary(.imageStatus) { (request: ImageStatus, _) in
                let name = request.image?.image ?? ""
                return ImageStatusAnswer(image: Image(id: name, digests: ["\(name)@sha256:feed"]))
            },
            unary(.pullImage) { (_: PullImage, _) in Name("sha256:beef") },
            unary(.runPodSandbox, run),
            unary(.stopPodSandbox) { (_: Name, _) in Name("") },
            unary(.removePodSandbox, remove),
            unary(.listPodSandbox) { (request: ListSandboxes, state) in
                let labels = request.filter?.labels ?? []
                return SandboxList(
                    items: state.sandboxes.values.map(\.item).filter { item in
                        labels.allSatisfy { item.labels[$0.key] == $0.value }
                    })
            },
            unary(.createContainer, create), unary(.startContainer, start),
            unary(.listContainers) { (_: ListContainers, state) in
                ContainerList(items: state.containers.values.map(\.item))
            },
            unary(.containerStatus) { (request: Name, state) throws(RPCError) in
                guard let container = state.containers[request.name] else {
                    throw RPCError(.notFound, "no container \(request.name)")
                }
                return ContainerStatusAnswer(status: container.details)
            },
            unary(.listContainerStats) { (_: ListContainerStats, state) in
                ContainerStatList(
                    items: state.containers.keys.map {
                        ContainerStat(id: $0, cpuTime: 1_000_000, memory: 1 << 20)
                    })
            },
            unary(.listPodSandboxStats) { (_: ListSandboxStats, state) in
                SandboxStatList(
                    items: state.sandboxes.keys.map { SandboxStat(id: $0, received: 1, sent: 1) })
            },
            .serverStream(CRIMethod.subscribe.rawValue) { [self] _, _, writer in
                state.withLock { $0.subscribers.append(writer) }
            },
        ]
    }

    private func run(_ request: RunSandbox, _ state: inout State) throws(RPCError) -> Name {
        guard let config = request.config, let metadata = config.metadata,
            let task = TaskID(metadata.uid)
        else { throw RPCError(.invalidArgument, "the sandbox is no task's") }
        moments.note(.sandboxAsked, of: task)
        let id = state.nextID()
        let item = SandboxItem(
            id: id, metadata: metadata, createdAt: Int64(state.number), labels: config.labels,
            annotations: config.annotations)
        state.sandboxes[id] = (task, item)
        return Name(id)
    }

    private func create(_ request: CreateContainer, _ state: inout State) throws(RPCError) -> Name {
        guard let sandbox = state.sandboxes[request.sandbox], let config = request.config else {
            throw RPCError(.notFound, "no sandbox \(request.sandbox)")
        }
        let id = state.nextID()
        state.containers[id] = Container(
            task: sandbox.task,
            item: ContainerItem(
                id: id, sandbox: request.sandbox, metadata: config.metadata, state: .created,
                labels: config.labels), details: ContainerDetails(id: id))
        return Name(id)
    }

    private func start(_ request: Name, _ state: inout State) throws(RPCError) -> Name {
        guard let task = state.containers[request.name]?.task else {
            throw RPCError(.notFound, "no container \(request.name)")
        }
        moments.note(.startAsked, of: task)
        state.containers[request.name]?.details.state = .running
        state.containers[request.name]?.details.startedAt = 1_000_000_000
        state.containers[request.name]?.item.state = .running
        return Name("")
    }

    private func remove(_ request: Name, _ state: inout State) -> Name {
        state.containers = state.containers.filter { $0.value.item.sandbox != request.name }
        if let sandbox = state.sandboxes.removeValue(forKey: request.name) {
            moments.note(.removed, of: sandbox.task)
        }
        return Name("")
    }

    private func unary<Request: CRIMessage, Answer: CRIMessage>(
        _ method: CRIMethod,
        _ body: @escaping @Sendable (Request, inout State) throws(RPCError) -> Answer
    ) -> RPCMethod {
        .unary(method.rawValue) { [self] bytes, _, reply in
            do {
                let request = try Request.decoded(bytes)
                let answer = try state.withLock { state in try body(request, &state) }
                reply.succeed(try answer.encoded())
            } catch {
                reply.fail(error as? RPCError ?? RPCError(.internalError, "\(error)"))
            }
        }
    }
}
