import ECSAPI
import Foundation
import Model
import NIOHTTP1
import NIOSSL
import ServiceLifecycle
import Testing

@testable import Events

@Suite("Events to a webhook", .timeLimit(.minutes(5)))
struct WebhookTests {
    private let world = World()
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("muster-webhook-\(UUID().uuidString.prefix(8))")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Posts to a port while a story runs.
    private func posting(
        to url: String, _ change: (inout Webhook.Configuration) -> Void = { _ in },
        _ story: () async throws -> Void
    ) async throws {
        var limits = EventHub.Limits()
        limits.batchEvents = 10
        limits.heartbeat = .milliseconds(50)
        let hub = EventHub(
            account: "123456789012", source: world, past: world, limits: limits)
        var configuration = Webhook.Configuration(
            target: try WebhookTarget(url),
            placeFile: folder.appendingPathComponent("place.json").path)
        configuration.retries.first = .milliseconds(1)
        configuration.retries.maximum = .milliseconds(20)
        change(&configuration)
        let webhook = try Webhook(configuration, hub: hub, logger: quiet)
        let services = ServiceGroup(services: [webhook], logger: quiet)
        let running = Task { try await services.run() }
        try await wait { world.isHeard }
        try await story()
        await services.triggerGracefulShutdown()
        try await running.value
        hub.close()
        try await wait { !world.isHeard }
    }

    /// The tasks that posts which were taken tell of.
    private func numbers(_ posts: some Sequence<Receiver.Post>) -> [UInt64] {
        posts.flatMap(\.events).map { event in
            event["resource"]?.split(separator: "/").last.flatMap { TaskID($0) }?.low ?? 0
        }
    }

    /// The same without those that came again: what was posted when it was told to stop may be.
    private func firsts(_ posts: some Sequence<Receiver.Post>) -> [UInt64] {
        var seen: Set<UInt64> = []
        return numbers(posts).filter { seen.insert($0).inserted }
    }

    @Test("Every event comes once, in order, in batches, to a receiver that takes them")
    func delivery() async throws {
        let receiver = Receiver()
        let port = try await receiver.start()
        try await posting(to: "http://127.0.0.1:\(port)/hook?token=1") {
            world.run(1...35)
            try await wait { numbers(receiver.posts).count == 35 }
        }
        #expect(numbers(receiver.posts) == Array(1...35))
        let posts = receiver.posts
        #expect(posts.allSatisfy { $0.events.count <= 10 })
        #expect(posts.allSatisfy { $0.head.method == .POST && $0.head.uri == "/hook?token=1" })
        #expect(posts.allSatisfy { $0.head.headers.first(name: "Muster-Attempt") == "1" })
        #expect(posts.last?.head.headers.first(name: "Muster-Event-Cursor") == "36")
        #expect(posts.first?.head.headers.first(name: "Content-Type") == "application/json")
        try await receiver.stop()
    }

    @Test("What is not taken comes again, with the same ids, before anything that follows")
    func retries() async throws {
        let receiver = Receiver([
            .status(.internalServerError), .status(.found), .cut, .silence, .status(.badRequest),
            .status(.accepted), .status(.tooManyRequests),
        ])
        let port = try await receiver.start()
        try await posting(to: "http://127.0.0.1:\(port)/") {
            $0.timeout = .seconds(2)
        } _: {
            world.run(1...3)
            try await wait { receiver.posts.count == 6 }
            world.run(4...4)
            try await wait { receiver.posts.count == 8 }
        }
        let posts = receiver.posts
        #expect(posts.prefix(6).allSatisfy { $0.body == posts[0].body })
        #expect(
            posts.prefix(6).map { $0.head.headers.first(name: "Muster-Attempt") ?? "" }
                == ["1", "2", "3", "4", "5", "6"])
        #expect(numbers(posts.suffix(2)) == [4, 4] && posts[6].body == posts[7].body)
        try await receiver.stop()
    }

    @Test("A receiver that is away gets all when it is there")
    func away() async throws {
        let first = Receiver()
        let port = try await first.start()
        try await first.stop()
        let second = Receiver()
        try await posting(to: "http://127.0.0.1:\(port)/") {
            world.run(1...25)
            _ = try await second.start(port: port)
            try await wait { numbers(second.posts).count == 25 }
        }
        #expect(numbers(second.posts) == Array(1...25))
        try await second.stop()
    }

    @Test("After a restart it goes on where it was, also with what happened meanwhile")
    func restart() async throws {
        let receiver = Receiver()
        let port = try await receiver.start()
        let url = "http://127.0.0.1:\(port)/"
        try await posting(to: url) {
            world.run(1...5)
            try await wait { numbers(receiver.posts).count == 5 }
        }
        world.run(6...2_000)
        try await posting(to: url) {
            world.run(2_001...2_010)
            try await wait { firsts(receiver.posts).count == 2_010 }
        }
        #expect(firsts(receiver.posts) == Array(1...2_010))
        #expect(receiver.posts.allSatisfy { $0.events.count <= 10 })
        try await receiver.stop()
    }

    @Test("Another receiver begins with what happens then")
    func anotherReceiver() async throws {
        let receiver = Receiver()
        let port = try await receiver.start()
        try await posting(to: "http://127.0.0.1:\(port)/a") {
            world.run(1...5)
            try await wait { numbers(receiver.posts).count == 5 }
        }
        world.run(6...9)
        try await posting(to: "http://127.0.0.1:\(port)/b") {
            world.run(10...10)
            try await wait { numbers(receiver.posts).count == 6 }
        }
        #expect(numbers(receiver.posts).last == 10)
        try await receiver.stop()
    }

    @Test("Events that nobody keeps any more are lost, and the rest comes")
    func lost() async throws {
        let receiver = Receiver()
        let port = try await receiver.start()
        let url = "http://127.0.0.1:\(port)/"
        try await posting(to: url) {
            world.run(1...5)
            try await wait { numbers(receiver.posts).count == 5 }
        }
        world.run(6...100)
        world.forget(upTo: 50)
        try await posting(to: url) {
            try await wait { numbers(receiver.posts).last == 100 }
        }
        #expect(firsts(receiver.posts) == Array(1...5) + Array(51...100))
        try await receiver.stop()
    }

    @Test("A batch that is never taken is given up, and the next is tried")
    func givenUp() async throws {
        let receiver = Receiver(Array(repeating: .status(.gone), count: 4) + [.status(.ok)])
        let port = try await receiver.start()
        try await posting(to: "http://127.0.0.1:\(port)/") {
            $0.retries.giveUpAfter = .zero
        } _: {
            for number in 1...6 as ClosedRange<UInt64> {
                world.run(number...number)
                try await wait { receiver.posts.count == number }
            }
        }
        #expect(numbers(receiver.posts) == [1, 2, 3, 4, 5, 6])
        try await receiver.stop()
    }

    @Test("A place that can't be read makes it begin with all that is kept")
    func damagedPlace() async throws {
        let receiver = Receiver()
        let port = try await receiver.start()
        world.run(1...5)
        try Data().write(to: folder.appendingPathComponent("place.json"))
        try await posting(to: "http://127.0.0.1:\(port)/") {
            try await wait { numbers(receiver.posts).count == 5 }
        }
        #expect(numbers(receiver.posts) == Array(1...5))
        try await receiver.stop()
    }

    @Test("The place is in a file that others can't read, and a damaged one is an error")
    func place() throws {
        let file = folder.appendingPathComponent("other.json").path
        let place = WebhookPlace(path: file, target: try WebhookTarget("http://a/?secret"))
        #expect(try place.read() == nil)
        try place.write(EventCursor(revision: 7, part: 2))
        #expect(try place.read() == EventCursor(revision: 7, part: 2))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        try Data("{".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: (any Error).self) { try place.read() }
        let other = WebhookPlace(path: file, target: try WebhookTarget("http://b/"))
        try place.write(EventCursor(revision: 8))
        #expect(try other.read() == nil)
    }

    @Test("Delays double up to a maximum, and chance takes at most half of them")
    func delays() {
        let plan = RetryPlan()
        var random = SeededRandom(seed: 1)
        for (failures, full) in [(1, 0.5), (2, 1), (3, 2), (8, 60), (1_000_000, 60)] {
            for _ in 0..<100 {
                let delay = plan.delay(after: failures, using: &random)
                #expect(delay >= .seconds(full / 2) && delay <= .seconds(full))
            }
        }
    }
}
