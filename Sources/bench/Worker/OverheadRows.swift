import Foundation
import Model
import NIOCore
import NIOPosix
import RPC

/// What the agent itself takes: from an assignment to the calls of containerd that carry it out,
/// and from a container's end to the report of it. Manager and containerd are stand-ins that answer
/// at once, in this process; the agent is the real one.
struct OverheadRows {
    /// One task after the other, and so many in one message.
    private static let burst = 10
    private static let target = 20.0
    /// CRI knows of an end so long after containerd's event, on a real host that is busy or not.
    private static let lateness: ClosedRange<Int64> = 20...60
    private static let patience = 20.0

    let settings: TransportSettings
    /// Tasks of each measurement.
    let count: Int
    let say: (String) -> Void

    private let moments = Moments()

    init(settings: TransportSettings, count: Int, say: @escaping (String) -> Void) {
        self.settings = settings
        self.count = count
        self.say = say
    }

    func rows() throws -> [Row] {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let containerd = StandInContainerd(moments)
        let manager = StandInManager(moments)
        let socket = settings.scratch + "/stand-in.sock"
        let below = try loop.makeFutureWithTask {
            try await containerd.start(socket: socket)
        }.wait()
        let above = try loop.makeFutureWithTask { try await manager.start() }.wait()
        defer {
            for server in [below, above.server] {
                try? loop.makeFutureWithTask { await server.shutdown(limit: .zero) }.wait()
            }
        }
        let agent = try MeasuredProcess(
            name: "muster worker",
            command: [
                settings.muster, "worker", "--name", "overhead", "--no-tls", "--manager",
                "127.0.0.1:\(above.port)", "--runtime", "containerd://\(socket)", "--data",
                settings.scratch + "/overhead", "--log-level", "warning",
            ], core: nil, log: settings.scratch + "/overhead.log")
        defer { agent.stop() }
        let start = Uptime.now
        while !manager.isReady {
            guard Uptime.now - start < Self.patience else {
                throw BenchError("the agent did not register:\n\(agent.logEnd)")
            }
            usleep(10_000)
        }
        return try rows(manager, containerd)
    }

    private func rows(_ manager: StandInManager, _ containerd: StandInContainerd) throws -> [Row] {
        say("overhead: warming up")
        _ = try play(count / 4, by: Self.burst, isLate: false, manager, containerd)
        say("overhead: \(count) tasks, one at a time, and \(Self.burst) at once")
        let single = try play(count, by: 1, isLate: false, manager, containerd)
        let many = try play(count, by: Self.burst, isLate: false, manager, containerd)
        say("overhead: ends of which CRI knows late")
        let lateSingle = try play(count, by: 1, isLate: true, manager, containerd)
        let lateMany = try play(count, by: Self.burst, isLate: true, manager, containerd)
        return [
            row("assignment sent to RunPodSandbox", .assigned, .sandboxAsked, single, many),
            row("assignment sent to StartContainer", .assigned, .startAsked, single, many),
            row("exit event to the status", .ended, .stopped, single, many),
            row(
                "CRI's own word of an exit, \(Self.lateness.lowerBound) to "
                    + "\(Self.lateness.upperBound) ms after the event, to the status", .ended,
                .stopped, lateSingle, lateMany),
        ]
    }

    /// So many tasks run, end, and are removed, a batch after the other. Returns them.
    private func play(
        _ count: Int, by batch: Int, isLate: Bool, _ manager: StandInManager,
        _ containerd: StandInContainerd
    ) throws -> [TaskID] {
        var all: [TaskID] = []
        while all.count < count {
            let specs = (0..<batch).map { _ in Self.spec() }
            let tasks = specs.map(\.id)
            try manager.assign(specs)
            try moments.wait(for: .running, of: tasks)
            for task in tasks {
                let delay = isLate ? Int64.random(in: Self.lateness) : 0
                try containerd.end(task, statusAfter: .milliseconds(delay))
            }
            try moments.wait(for: .stopped, of: tasks)
            try manager.forget(tasks)
            try moments.wait(for: .removed, of: tasks)
            all += tasks
        }
        return all
    }

    private func row(
        _ what: String, _ start: Moments.Kind, _ end: Moments.Kind, _ single: [TaskID],
        _ many: [TaskID]
    ) -> Row {
        let one = moments.milliseconds(from: start, to: end, of: single)
        let more = moments.milliseconds(from: start, to: end, of: many)
        func text(_ times: [Double]) -> String {
            "\(times.median.short) ms (p99 \(times.percentile(99).short))"
        }
        return Row(
            "\(what), one task at a time and \(Self.burst) at once",
            target: "median < \(Int(Self.target)) ms", measured: "\(text(one)) and \(text(more))",
            isMet: one.median < Self.target && more.median < Self.target)
    }

    private static func spec() -> TaskSpec {
        let id = TaskID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        let container = ContainerDefinition(
            name: "main", image: "registry.example/team/app:1.4.2", cpu: 10, memory: 32,
            command: ["serve", "--port", "8080"],
            environment: [EnvironmentVariable(name: "STAGE", value: "production")])
        return TaskSpec(
            id: id, arn: "arn:aws:ecs:us-east-1:000000000000:task/default/\(id)",
            cluster: "default", family: "bench", revision: 1, group: "family:bench",
            containers: [container], containerIDs: [ContainerID(high: id.high, low: id.low)])
    }
}
