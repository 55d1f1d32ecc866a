import CRI
import Model
import RPC

extension ContainerdRuntime {
    /// A worker asks again soon: no use in waiting long for an answer.
    private static let usagePatience = Duration.seconds(9)

    /// By CRI, of all containers in one call. The network is their sandbox's: each container of a
    /// task shows it whole.
    @concurrent
    public func usage() async throws(RuntimeError) -> [RuntimeUsage] {
        let running = pods.running
        guard !running.isEmpty else { return [] }
        let labels = [Pair(PodPlan.Label.owner, owner)]
        // Before the others: the time of a measurement is when this returns.
        let networks = await networks(labels)
        let list: ContainerStatList
        do {
            list = try await client.once(
                .listContainerStats, ListContainerStats(labels: labels),
                timeout: Self.usagePatience)
        } catch {
            throw RuntimeError(
                name: RuntimeError.cannotInspect,
                message: "containerd does not tell what containers use: \(error.message).")
        }
        let keys = Dictionary(running.map { ($0.id, $0.key) }) { first, _ in first }
        return list.items.compactMap { item in
            guard let key = keys[item.id], let cpuTime = item.cpuTime, let pod = pods[key.task]
            else { return nil }
            return RuntimeUsage(
                container: key, cpuTime: cpuTime, memory: item.memory ?? 0,
                memoryLimit: pod.plan.memoryLimit(of: key.name), network: networks[pod.sandbox])
        }
    }

    /// By the sandbox. One that ends meanwhile may spoil the whole answer: the next has it again.
    private func networks(_ labels: [Pair]) async -> [String: RuntimeUsage.Network] {
        let list: SandboxStatList? = try? await client.once(
            .listPodSandboxStats, ListSandboxStats(labels: labels), timeout: Self.usagePatience)
        var networks: [String: RuntimeUsage.Network] = [:]
        for item in list?.items ?? [] {
            guard let received = item.received, let sent = item.sent else { continue }
            networks[item.id] = RuntimeUsage.Network(received: received, sent: sent)
        }
        return networks
    }
}

extension PodPlan {
    /// Bytes: the container's own limit or, where it has none, its task's.
    fileprivate func memoryLimit(of container: String) -> UInt64? {
        let limit = record.definition(of: container)?.memory ?? spec.memory
        return limit.map { UInt64($0) << 20 }
    }
}
