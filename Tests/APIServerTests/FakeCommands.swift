import ECSAPI
import Model
import Synchronization

/// A worker whose commands say what a test says.
final class FakeCommands: CommandRunner {
    private let all = Mutex<[FakeSession]>([])
    private let first: ExecOutput

    /// - Parameter first: What each says first.
    init(first: ExecOutput = .started) {
        self.first = first
    }

    func run(_ order: ExecOrder, on instance: InstanceID) async throws(APIError) -> FakeSession {
        let session = FakeSession(order, on: instance)
        session.say(first)
        all.withLock { $0.append(session) }
        return session
    }

    var sessions: [FakeSession] { all.withLock { $0 } }
}

final class FakeSession: CommandSession {
    let order: ExecOrder
    let instance: InstanceID
    private let said = AsyncStream.makeStream(of: ExecOutput.self)
    private let state = Mutex(State())

    private struct State {
        var heard: [ExecInput] = []
        var isEnded = false
        var isDeaf = false
        var held: [(ExecInput, CheckedContinuation<Bool, Never>)] = []
    }

    init(_ order: ExecOrder, on instance: InstanceID) {
        self.order = order
        self.instance = instance
    }

    func say(_ output: ExecOutput) { said.continuation.yield(output) }

    /// It takes no input from now on.
    func deafen() { state.withLock { $0.isDeaf = true } }

    var isHeldUp: Bool { state.withLock { !$0.held.isEmpty } }

    /// It takes what was held up, and input again.
    func hearAgain() {
        let held = state.withLock { state -> [(ExecInput, CheckedContinuation<Bool, Never>)] in
            state.isDeaf = false
            state.heard += state.held.map(\.0)
            defer { state.held = [] }
            return state.held
        }
        for (_, waiter) in held { waiter.resume(returning: true) }
    }

    var heard: [ExecInput] { state.withLock { $0.heard } }
    var isEnded: Bool { state.withLock { $0.isEnded } }

    func next() async -> ExecOutput {
        var outputs = said.stream.makeAsyncIterator()
        return await outputs.next() ?? .failed("It was ended.")
    }

    func send(_ input: ExecInput) async -> Bool {
        await withCheckedContinuation { (waiter: CheckedContinuation<Bool, Never>) in
            let answer = state.withLock { state -> Bool? in
                if state.isEnded { return false }
                if state.isDeaf {
                    state.held.append((input, waiter))
                    return nil
                }
                state.heard.append(input)
                return true
            }
            if let answer { waiter.resume(returning: answer) }
        }
    }

    func end() {
        let held = state.withLock { state -> [(ExecInput, CheckedContinuation<Bool, Never>)] in
            state.isEnded = true
            defer { state.held = [] }
            return state.held
        }
        for (_, waiter) in held { waiter.resume(returning: false) }
        said.continuation.finish()
    }
}
