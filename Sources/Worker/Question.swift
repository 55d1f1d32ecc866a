import MetadataEndpoint
import Model
import Runtimes

/// What the task metadata endpoint asks the agent. Each is answered once.
enum Question: Sendable {
    typealias Protection = Result<TaskProtectionAnswer, ProtectionProblem>

    case task(TaskID, CheckedContinuation<KnownTask?, Never>)
    case protection(
        TaskID, TaskProtectionChange?, CheckedContinuation<Protection, Never>)

    static let unreachable = ProtectionProblem(
        .unavailable, "The manager can't be reached now. Try again later.")

    /// The agent is gone.
    func decline() {
        switch self {
        case .task(_, let reply): reply.resume(returning: nil)
        case .protection(_, _, let reply): reply.resume(returning: .failure(Self.unreachable))
        }
    }
}

/// The agent, as the task metadata endpoint sees it.
struct MetadataQuestions: MetadataSource {
    let inbox: Inbox
    let meter: UsageMeter

    func task(_ id: TaskID) async -> KnownTask? {
        await withCheckedContinuation { inbox.post(.asked(.task(id, $0))) }
    }

    func usage(
        of container: String, in task: TaskID
    ) -> (newest: UsageSample, earlier: UsageSample?)? {
        meter.samples(of: .init(task: task, name: container)).map { newest, earlier in
            (UsageSample(newest), earlier.map { UsageSample($0) })
        }
    }

    func protection(
        of task: TaskID, _ change: TaskProtectionChange?
    ) async throws(ProtectionProblem) -> TaskProtectionAnswer {
        let answer: Question.Protection = await withCheckedContinuation { reply in
            inbox.post(.asked(.protection(task, change, reply)))
        }
        return try answer.get()
    }
}

extension UsageSample {
    init(_ sample: UsageMeter.Sample) {
        let usage = sample.usage
        self.init(
            at: sample.at.wall, cpuTime: usage.cpuTime, hostCPUTime: sample.hostCPUTime,
            memory: usage.memory, memoryLimit: usage.memoryLimit,
            received: usage.network?.received, sent: usage.network?.sent,
            processes: usage.processes)
    }
}
