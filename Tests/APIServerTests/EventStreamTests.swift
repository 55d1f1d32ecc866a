import APIServer
import ClusterState
import ECSAPI
import Events
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Model
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Telemetry
import Testing

/// A manager whose changes are what a test says.
private final class Changes: EventSource, Past {
    private let state = Mutex(Kept())

    private struct Kept {
        var now = ClusterState()
        var records: [ChangeRecord] = []
        var listener: (@Sendable ([ChangeRecord]) -> Void)?
    }

    init() { make([.cluster(TestPlane.cluster)]) }

    func snapshot() -> ClusterState { state.withLock { $0.now } }

    func listen(_ listener: (@Sendable ([ChangeRecord]) -> Void)?) {
        state.withLock { $0.listener = listener }
    }

    var isHeard: Bool { state.withLock { $0.listener != nil } }

    func make(_ changes: [Change]) {
        let (records, listener) = state.withLock { state in
            let records = changes.enumerated().map { index, change in
                ChangeRecord(
                    revision: state.now.revision + UInt64(index) + 1, time: TestPlane.noon,
                    cause: "test", change: change)
            }
            for record in records { state.now.apply(record) }
            state.records += records
            return (records, state.listener)
        }
        listener?(records)
    }

    func run(_ numbers: ClosedRange<UInt64>, group: String = "g") {
        make(
            numbers.map { number in
                .task(
                    ECSTask(
                        id: TaskID(high: 4, low: number), instance: InstanceID(high: 2, low: 1),
                        origin: Shared(
                            TaskOrigin(
                                cluster: TestPlane.cluster.id,
                                definition: TaskDefinitionKey(
                                    region: "us-east-1", family: "f", revision: 1),
                                group: group, reserved: Resources())),
                        containers: [], createdAt: TestPlane.noon))
            })
    }

    func records(_ query: RecordQuery) throws(PastError) -> RecordPage {
        let found = state.withLock { $0.records }.reversed()
            .filter { $0.revision < query.before ?? .max }
        return RecordPage(
            records: Array(found.prefix(query.maximum)), next: nil, oldest: TestPlane.noon)
    }

    func state(at revision: UInt64) throws(PastError) -> ClusterState {
        var state = ClusterState()
        for record in self.state.withLock({ $0.records }) where record.revision <= revision {
            state.apply(record)
        }
        return state
    }

    func state(asOf time: WallTime) throws(PastError) -> ClusterState { snapshot() }
    func revision(asOf time: WallTime) throws(PastError) -> UInt64 {
        time < TestPlane.noon ? 0 : snapshot().revision
    }
    func keys(named name: String, maximum: Int) throws(PastError) -> [String] { [] }
}

/// A manager that gets its first access key.
private final class KeyedLater: ControlPlane, Sendable {
    private let plane = Mutex(TestPlane())

    func makeKey() {
        plane.withLock { $0 = TestPlane(Keeper.keys) }
    }

    func snapshot() -> ClusterState { plane.withLock { $0 }.snapshot() }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        try await plane.withLock { $0 }.submit(command)
    }
}

/// A connection that asks for events.
private struct Listener: Sendable {
    let socket: Socket

    init(_ port: Int, _ query: String = "", headers: String = "") async throws {
        socket = try await Socket(port: port)
        try await socket.send(
            "GET /_muster/events\(query) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
    }

    /// Those of chunks end with a carriage return, too.
    static func lines(_ text: String) -> [String] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self)
        }
    }

    /// The places of events and gaps that came.
    var places: [String] {
        var places: [String] = []
        for line in Self.lines(socket.received) {
            if line.hasPrefix("id: ") { places.append(String(line.dropFirst(4))) }
            // A place without data tells of nothing.
            if line.isEmpty, places.last?.hasPrefix("!") == false { places.removeLast() }
            if line.hasPrefix("data: "), let place = places.popLast() { places.append("!" + place) }
        }
        return places.map { $0.trimmingCharacters(in: ["!"]) }
    }
}

@Suite("Streams of events", .timeLimit(.minutes(1)))
struct EventStreamTests {
    private let changes = Changes()

    private func serving(
        plane: some ControlPlane = TestPlane(), limits: Limits = Limits(),
        _ change: (inout EventHub.Limits) -> Void = { _ in },
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        var hubLimits = EventHub.Limits()
        hubLimits.linger = .zero
        // A client that went is noticed by then.
        hubLimits.heartbeat = .milliseconds(200)
        change(&hubLimits)
        let hub = EventHub(
            account: "123456789012", source: changes, past: changes, limits: hubLimits)
        try await running(plane, limits: limits, events: hub, body)
    }

    @Test("A stream has each event with its place, from then on")
    func stream() async throws {
        changes.run(1...2)
        try await serving { port in
            let listener = try await Listener(port)
            try await wait { listener.socket.received.contains("id: 3\n\n") }
            #expect(listener.socket.received.contains("text/event-stream"))
            changes.run(3...4)
            try await wait { listener.places == ["4", "5"] }
            #expect(
                listener.socket.received.contains(#"data: {"account":"123456789012","detail":{"#))
            try await listener.socket.close()
            try await wait { !changes.isHeard }
        }
    }

    @Test("Who comes back with the last place gets what it missed")
    func resume() async throws {
        changes.run(1...9)
        try await serving { port in
            let listener = try await Listener(port, headers: "Last-Event-ID: 7\r\n")
            try await wait { listener.places == ["8", "9", "10"] }
            changes.run(10...10)
            try await wait { listener.places.last == "11" }
            let query = try await Listener(port, "?after=9&follow=false")
            try await wait { query.places == ["10", "11"] }
            try await query.socket.close()
            try await listener.socket.close()
        }
    }

    @Test("Without follow a stream ends with now, and the connection goes on")
    func past() async throws {
        changes.run(1...3)
        try await serving { port in
            let listener = try await Listener(port, "?since=0&follow=false")
            try await wait { listener.socket.received.hasSuffix("\r\n0\r\n\r\n") }
            #expect(listener.places == ["2", "3", "4"])
            try await listener.socket.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            try await wait { listener.socket.received.hasSuffix("ok\n") }
            try await listener.socket.close()
        }
    }

    @Test("As far back as a number can say is as far back as there is anything")
    func beginningOfTime() async throws {
        changes.run(1...2)
        try await serving { port in
            let listener = try await Listener(port, "?since=\(Int64.min)&follow=false")
            try await wait { listener.socket.received.hasSuffix("\r\n0\r\n\r\n") }
            #expect(listener.places == ["2", "3"])
            try await listener.socket.close()
        }
    }

    @Test("Who asks only for now hears of a gap too")
    func gapOfPast() async throws {
        try await serving { port in
            let listener = try await Listener(port, "?after=99&follow=false")
            try await wait { listener.socket.received.hasSuffix("\r\n0\r\n\r\n") }
            #expect(listener.socket.received.contains("event: gap\ndata: {"))
            try await listener.socket.close()
        }
    }

    @Test("Who is told nothing of all that happens still hears that there is a manager")
    func filteredAndBusy() async throws {
        try await serving {
            $0.heartbeat = .zero
        } _: { port in
            let listener = try await Listener(port, "?cluster=other")
            try await wait { listener.socket.received.contains("id: 1\n\n") }
            for round in UInt64(1)...20 {
                changes.run(round...round)
                try await wait { listener.socket.received.contains("id: \(round + 1)\n\n") }
            }
            try await listener.socket.close()
        }
    }

    @Test("A place of another journal is told as a gap")
    func gap() async throws {
        try await serving { port in
            let listener = try await Listener(port, headers: "Last-Event-ID: 99\r\n")
            try await wait { listener.socket.received.contains("event: gap\ndata: {") }
            #expect(listener.socket.received.contains(#""after":"99","next":"1""#))
            try await listener.socket.close()
        }
    }

    @Test("Filters leave out what is not asked for")
    func filters() async throws {
        changes.run(1...2)
        try await serving { port in
            for (query, count) in [
                ("cluster=default", 2), ("cluster=other", 0), ("region=us-east-1", 2),
                ("region=eu-west-1", 0), ("detail-type=ECS%20Task%20State%20Change", 2),
                ("detail-type=ECS%20Service%20Action", 0),
                (
                    "detail-type=ECS%20Service%20Action&detail-type=ECS%20Task%20State%20Change", 2
                ),
                ("cluster=arn:aws:ecs:us-east-1:123456789012:cluster/default", 2),
            ] {
                let listener = try await Listener(port, "?since=0&follow=false&\(query)")
                try await wait { listener.socket.received.hasSuffix("\r\n0\r\n\r\n") }
                #expect(listener.places.count == count, "\(query)")
                try await listener.socket.close()
            }
        }
    }

    @Test(
        "A wrong question is answered with what would be right",
        arguments: [
            "after=x", "since=yesterday", "follow=maybe", "detail-type=ECS", "after=-1",
        ])
    func wrong(query: String) async throws {
        try await serving { port in
            let listener = try await Listener(port, "?\(query)")
            try await wait { listener.socket.received.contains("InvalidParameterException") }
            #expect(listener.socket.received.hasPrefix("HTTP/1.1 400"))
            try await listener.socket.close()
        }
    }

    @Test("A stream that was opened without a key ends when requests must have one")
    func firstKey() async throws {
        let plane = KeyedLater()
        try await serving(plane: plane) { port in
            let listener = try await Listener(port)
            try await wait { listener.socket.received.contains("id: 1\n\n") }
            plane.makeKey()
            try await wait { listener.socket.received.hasSuffix("\r\n0\r\n\r\n") }
            try await listener.socket.close()
        }
    }

    @Test("A web page can't listen")
    func webPage() async throws {
        try await serving { port in
            let listener = try await Listener(port, headers: "Origin: http://evil\r\n")
            try await wait { listener.socket.received.contains("AccessDeniedException") }
            try await listener.socket.close()
        }
    }

    @Test("Streams beyond the bound are refused, and there is room again when one ends")
    func bound() async throws {
        try await serving(limits: Limits(eventStreamsMaximum: 1)) { port in
            let first = try await Listener(port)
            try await wait { first.socket.received.contains("id: 1\n\n") }
            let second = try await Listener(port)
            try await wait { second.socket.received.contains("ThrottlingException") }
            try await second.socket.close()
            try await first.socket.close()
            try await wait { !changes.isHeard }
            let third = try await Listener(port)
            try await wait { third.socket.received.contains("id: 1\n\n") }
            try await third.socket.close()
        }
    }

    @Test("A client that does not read is dropped, and others are not held up")
    func slowReader() async throws {
        try await serving {
            $0.events = 100
        } _: { port in
            let slow = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.autoRead, value: false)
                .channelOption(.socketOption(.so_rcvbuf), value: 4_096)
                .connect(host: "127.0.0.1", port: port).get()
            try await slow.writeAndFlush(
                ByteBuffer(
                    string: "GET /_muster/events HTTP/1.1\r\nHost: a\r\n"
                        + "Connection: close\r\n\r\n"))
            let fast = try await Listener(port)
            try await wait { fast.socket.received.contains("id: 1\n\n") }
            // Far more than the sockets between them hold.
            let filling = String(repeating: "x", count: 40_000)
            for number in 1...400 as ClosedRange<UInt64> {
                changes.run(number...number, group: filling)
                if number % 50 == 0 {
                    try await wait { fast.last == "\(number + 1)" }
                }
            }
            // Its bound is over: the server ends the stream once the client reads on.
            slow.read()
            try await slow.setOption(.autoRead, value: true).get()
            try await slow.closeFuture.get()
            try await fast.socket.close()
        }
    }

    @Test("Streams end with the server")
    func shutdown() async throws {
        let left = Mutex<Socket?>(nil)
        try await serving { port in
            let listener = try await Listener(port)
            try await wait { listener.socket.received.contains("id: 1\n\n") }
            left.withLock { $0 = listener.socket }
        }
        try await left.withLock { $0 }?.closed()
    }
}

extension Listener {
    /// The newest place, found without looking at all that came.
    fileprivate var last: String? {
        Self.lines(String(decoding: socket.received.utf8.suffix(100_000), as: UTF8.self))
            .last { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }
}
