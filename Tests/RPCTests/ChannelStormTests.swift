import RPC
import Testing

/// A toy network and callers around a channel's machine, in virtual time from a seed: attempts fail
/// or hang, servers leave, refuse calls and close, callers give up. At each step what must hold
/// always is checked.
private struct ToyNetwork {
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    var random: Generator
    var machine: ChannelMachine
    var now = Duration.zero
    var attempts: Set<UInt64> = []
    var open: Set<UInt64> = []
    /// Open, and its server has said that it leaves.
    var leaving: Set<UInt64> = []
    var active: [UInt64: UInt64] = [:]
    var waiting: Set<UInt64> = []
    var made = 0
    var failed = 0
    var lastCall: UInt64 = 0
    var isFinished = false
    var isShutDown = false
    var isHealed = false
    var marks: Set<String> = []

    init(seed: UInt64) {
        random = Generator(state: seed)
        var configuration = RPCChannelConfiguration()
        configuration.connection.concurrentCallMaximum = 3
        configuration.waitingCallMaximum = 8
        configuration.idleTimeout = .seconds(20)
        machine = ChannelMachine(configuration: configuration, targetCount: 2, draw: { 0.3 })
    }

    mutating func run(seconds: Int) {
        let end = now + .seconds(seconds)
        while now < end {
            now += .milliseconds(Int64(random.next() % 400))
            if let wake = machine.nextWake, wake <= now { apply(.woke) }
            happen()
        }
    }

    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    private mutating func happen() {
        if chance(30), !isShutDown { call() }
        if let link = attempts.sorted().randomElement(using: &random), chance(40) {
            let works = isHealed || chance(60)
            if works { open.insert(link) }
            attempts.remove(link)
            apply(works ? .connected(link) : .connectFailed(link, refusedConnection))
        }
        if let call = active.keys.sorted().randomElement(using: &random), chance(30),
            let link = active[call]
        {
            active[call] = nil
            if !isHealed, chance(20) {
                mark("refused")
                waiting.insert(call)
                let over = leaving.contains(link) || chance(30)
                if over { leaving.insert(link) }
                apply(.refused(call, RPCStatus(.unavailable, "refused"), isLinkOver: over))
            } else {
                made += 1
                apply(.ended(call))
            }
        }
        if let call = waiting.sorted().randomElement(using: &random), chance(3) {
            waiting.remove(call)
            mark("gave up")
            apply(.ended(call))
        }
        guard !isHealed, let link = open.sorted().randomElement(using: &random) else { return }
        if chance(4), leaving.insert(link).inserted {
            mark("left")
            apply(.goingAway(link, serverLeaves, tooManyPings: false))
        }
        if chance(3) { close(link) }
    }

    private mutating func call() {
        lastCall += 1
        waiting.insert(lastCall)
        let deadline = chance(30) ? now + .milliseconds(Int64(random.next() % 3_000)) : nil
        apply(.call(lastCall, waitForReady: chance(50), deadline: deadline))
    }

    /// The connection is gone, and what was on it has failed.
    mutating func close(_ link: UInt64) {
        guard open.remove(link) != nil else { return }
        leaving.remove(link)
        apply(.goingAway(link, serverLeaves, tooManyPings: false))
        for call in active.filter({ $0.value == link }).keys.sorted() {
            active[call] = nil
            apply(.ended(call))
        }
        apply(.closed(link, serverLeaves))
    }

    mutating func apply(_ input: ChannelMachine.Input) {
        var actions: [ChannelMachine.Action] = []
        machine.apply(input, at: now, into: &actions)
        var closes: [UInt64] = []
        for action in actions {
            switch action {
            case .connect(let link, _, let within, _):
                attempts.insert(link)
                #expect(within > .zero)
            case .start(let call, let link):
                #expect(waiting.remove(call) != nil, "\(call) is started and does not wait")
                #expect(open.contains(link) && !leaving.contains(link))
                active[call] = link
                #expect(active.values.count { $0 == link } <= 3)
            case .end(let call, _):
                #expect(waiting.remove(call) != nil, "\(call) ends and does not wait")
                failed += 1
            case .close(let link): closes.append(link)
            case .changed(let state): mark("\(state)")
            case .finished: isFinished = true
            }
        }
        for link in closes { close(link) }
        #expect(waiting.count <= 8 + 3)
        #expect(open.subtracting(leaving).count <= 2)
    }

    private mutating func mark(_ name: String) {
        marks.insert(name)
    }
}

@Suite("A channel in a storm of faults")
struct ChannelStormTests {
    @Test("Every call is made or ends, once; and it comes to rest", arguments: UInt64(1)...30)
    func storm(seed: UInt64) {
        var network = ToyNetwork(seed: seed)
        network.run(seconds: 240)
        network.isHealed = true
        network.run(seconds: 300)
        #expect(network.made > 300 && network.failed > 0)
        network.isShutDown = true
        network.apply(.shutDown)
        network.run(seconds: 60)
        network.apply(.closeAll)
        for link in network.open { network.close(link) }
        #expect(network.isFinished && network.waiting.isEmpty && network.active.isEmpty)
        let expected = [
            "idle", "connecting", "ready", "transientFailure", "shutdown", "left", "refused",
            "gave up",
        ]
        #expect(network.marks.isSuperset(of: expected))
    }
}
