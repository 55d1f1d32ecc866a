import Model
import Runtimes
import Synchronization

/// What the running containers use, measured again and again, apart from everything else: a runtime
/// that answers slowly delays nothing but the next measurement.
final class UsageMeter: Sendable {
    /// One measurement of a container.
    struct Sample: Hashable, Sendable {
        var usage: RuntimeUsage
        var at: Moment
        /// Nanoseconds of CPU time, of the whole host.
        var hostCPUTime: UInt64
    }

    private struct State {
        var newest: [ContainerKey: Sample] = [:]
        var earlier: [ContainerKey: Sample] = [:]
    }

    private let state = Mutex(State())

    /// Takes a measurement of all running containers and tells their rates since the one before.
    func add(
        _ usages: [RuntimeUsage], at now: Moment, hostCPUTime: UInt64 = HostResources.cpuTime
    ) -> [ContainerUsage] {
        state.withLock { state in
            state.earlier = state.newest
            state.newest = Dictionary(
                usages.map { ($0.container, Sample(usage: $0, at: now, hostCPUTime: hostCPUTime)) }
            ) { _, last in last }
            return usages.compactMap { usage in
                // Without a measurement before there is no rate, and none is not zero. Nor is there
                // where a counter went back, as when a container was started again.
                guard let earlier = state.earlier[usage.container],
                    earlier.usage.cpuTime <= usage.cpuTime
                else { return nil }
                return ContainerUsage(usage, at: now.monotonic, since: earlier)
            }
        }
    }

    /// The newest measurement of a container and the one before.
    func samples(of container: ContainerKey) -> (newest: Sample, earlier: Sample?)? {
        state.withLock { state in
            state.newest[container].map { ($0, state.earlier[container]) }
        }
    }
}

extension ContainerUsage {
    init(_ usage: RuntimeUsage, at now: Instant, since earlier: UsageMeter.Sample) {
        self.init(
            task: usage.container.task, container: usage.container.name, memory: usage.memory,
            memoryLimit: usage.memoryLimit ?? 0, processes: UInt32(clamping: usage.processes ?? 0))
        let elapsed = (now - earlier.at.monotonic).milliseconds
        guard elapsed > 0 else { return }
        func rate(_ new: UInt64, _ old: UInt64, _ factor: Double = 1) -> Double {
            new < old ? 0 : Double(new - old) * factor * 1_000 / Double(elapsed)
        }
        // Nanoseconds to microseconds.
        cpu = UInt32(clamping: Int(rate(usage.cpuTime, earlier.usage.cpuTime, 0.001)))
        if let network = usage.network, let before = earlier.usage.network {
            received = UInt64(rate(network.received, before.received))
            sent = UInt64(rate(network.sent, before.sent))
        }
    }
}
