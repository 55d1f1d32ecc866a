import RPC
import Testing

/// A story of a channel's machine in virtual time. Each step gives an input; every action that
/// follows has to be expected before the next step, or the test fails.
final class ChannelStory {
    typealias Action = ChannelMachine.Action

    private(set) var now = Duration.zero
    private var machine: ChannelMachine
    private var left: [Action] = []
    /// The newest link.
    private(set) var link: UInt64 = 0
    private(set) var within = Duration.zero
    private(set) var keepalive: Duration?
    private let jitter: Jitter

    final class Jitter {
        var draw = 0.0
    }

    init(targets: Int = 1, configure: (inout RPCChannelConfiguration) -> Void = { _ in }) {
        var configuration = RPCChannelConfiguration()
        configure(&configuration)
        let jitter = Jitter()
        self.jitter = jitter
        machine = ChannelMachine(
            configuration: configuration, targetCount: targets, draw: { jitter.draw })
    }

    deinit {
        if !left.isEmpty { Issue.record("the story ends with unexpected actions: \(left)") }
    }

    // MARK: Steps

    func when(
        _ input: ChannelMachine.Input, after pause: Duration = .zero,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(left.isEmpty, "actions that nobody expected", sourceLocation: location)
        now += pause
        machine.apply(input, at: now, into: &left)
    }

    func call(
        _ number: UInt64, waits: Bool = false, deadline: Duration? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let deadline = deadline.map { now + $0 }
        when(.call(number, waitForReady: waits, deadline: deadline), location)
    }

    /// Lets time pass to the wake that the machine asked for.
    func wake(_ location: SourceLocation = #_sourceLocation) {
        guard let wake = machine.nextWake else {
            Issue.record("the machine asked for no wake", sourceLocation: location)
            return
        }
        now = max(now, wake)
        when(.woke, location)
    }

    var asksForNothing: Bool { machine.nextWake == nil }

    func jitter(_ draw: Double) {
        jitter.draw = draw
    }

    /// A call brings the channel from idle to ready and goes on.
    func connected(
        _ number: UInt64 = 1, _ location: SourceLocation = #_sourceLocation
    ) {
        call(number, location)
        expectConnect(location)
        expect(.changed(.connecting), location)
        when(.connected(link), location)
        expect(.start(number, on: link), .changed(.ready), location)
    }

    // MARK: Actions

    func expectConnect(
        target: Int = 0, _ location: SourceLocation = #_sourceLocation
    ) {
        guard case .connect(let link, target, let within, let keepalive)? = next() else {
            Issue.record("no attempt to connect to target \(target)", sourceLocation: location)
            return
        }
        #expect(link > self.link, "numbers are never used again", sourceLocation: location)
        (self.link, self.within, self.keepalive) = (link, within, keepalive)
    }

    func expectEnd(
        _ call: UInt64, _ code: RPCStatus.Code, _ part: String = "",
        _ location: SourceLocation = #_sourceLocation
    ) {
        guard case .end(call, let status)? = next() else {
            Issue.record("call \(call) did not end", sourceLocation: location)
            return
        }
        #expect(status.code == code, sourceLocation: location)
        if !part.isEmpty { #expect(status.message.contains(part), sourceLocation: location) }
    }

    func expect(_ actions: Action..., at location: SourceLocation = #_sourceLocation) {
        for action in actions { #expect(next() == action, sourceLocation: location) }
    }

    func expect(_ action: Action, _ location: SourceLocation) {
        expect(action, at: location)
    }

    func expect(_ first: Action, _ second: Action, _ location: SourceLocation) {
        expect(first, second, at: location)
    }

    func expectNothing(_ location: SourceLocation = #_sourceLocation) {
        #expect(left.isEmpty, sourceLocation: location)
        left = []
    }

    private func next() -> Action? {
        left.isEmpty ? nil : left.removeFirst()
    }
}

let refusedConnection = RPCError(.unavailable, "can't connect to m:1: refused")
let serverLeaves = RPCError(.unavailable, "the server is going away")
