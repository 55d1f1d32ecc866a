import Model

/// What a container uses, in the form of Docker's statistics, which the endpoint tells. What is not
/// measured is left out; only readers of block devices miss something.
struct StatsDocument: Encodable {
    struct CPU: Encodable {
        struct Usage: Encodable {
            /// Nanoseconds.
            var total_usage: UInt64
            var usage_in_kernelmode: UInt64 = 0
            var usage_in_usermode: UInt64 = 0
        }

        struct Throttling: Encodable {
            var periods = 0
            var throttled_periods = 0
            var throttled_time = 0
        }

        var cpu_usage: Usage
        /// Nanoseconds of the whole host.
        var system_cpu_usage: UInt64
        var online_cpus: Int
        var throttling_data = Throttling()
    }

    struct Memory: Encodable {
        struct Details: Encodable {}

        var usage: UInt64
        var limit: UInt64
        var stats = Details()
    }

    struct Processes: Encodable {
        var current: Int
    }

    struct Network: Encodable {
        var rx_bytes: UInt64
        var tx_bytes: UInt64
    }

    struct NetworkRates: Encodable {
        var rx_bytes_per_sec: Double
        var tx_bytes_per_sec: Double
    }

    struct Nothing: Encodable {}

    var read: String
    var preread: String
    var name: String
    var id: String
    var num_procs = 0
    var pids_stats: Processes?
    var blkio_stats = Nothing()
    var storage_stats = Nothing()
    var cpu_stats: CPU
    var precpu_stats: CPU
    var memory_stats: Memory
    var networks: [String: Network]?
    var network_rate_stats: NetworkRates?

    init(
        _ newest: UsageSample, earlier: UsageSample?, of container: ContainerDocument,
        on host: HostFacts
    ) {
        read = newest.at.text
        preread = earlier?.at.text ?? "0001-01-01T00:00:00Z"
        name = "/" + container.DockerName
        id = container.DockerId
        pids_stats = newest.processes.map { Processes(current: $0) }
        cpu_stats = Self.cpu(newest, host)
        precpu_stats = Self.cpu(earlier, host)
        memory_stats = Memory(usage: newest.memory, limit: newest.memoryLimit ?? host.memory)
        guard let received = newest.received, let sent = newest.sent else { return }
        networks = ["eth0": Network(rx_bytes: received, tx_bytes: sent)]
        guard let earlier, let receivedBefore = earlier.received, let sentBefore = earlier.sent,
            newest.at > earlier.at
        else { return }
        let seconds = Double(newest.at.milliseconds - earlier.at.milliseconds) / 1_000
        network_rate_stats = NetworkRates(
            rx_bytes_per_sec: Double(received - min(received, receivedBefore)) / seconds,
            tx_bytes_per_sec: Double(sent - min(sent, sentBefore)) / seconds)
    }

    private static func cpu(_ sample: UsageSample?, _ host: HostFacts) -> CPU {
        CPU(
            cpu_usage: CPU.Usage(total_usage: sample?.cpuTime ?? 0),
            system_cpu_usage: sample?.hostCPUTime ?? 0, online_cpus: host.cores)
    }
}
