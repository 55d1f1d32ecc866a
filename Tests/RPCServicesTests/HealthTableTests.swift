import RPCServices
import Testing
import Wire

@Suite("Who is told what of health")
struct HealthTableTests {
    /// A table, with what its watchers were told so far.
    private struct Story {
        var table = HealthTable<String>(watcherMaximum: 3)

        /// Adds a watcher: what it is told at once, and the number to remove it by.
        mutating func watch(_ service: String, _ name: String) -> (told: String, number: UInt64)? {
            guard let (number, notice) = table.watch(service, name) else { return nil }
            return ("\(notice.watcher): \(notice.status)", number)
        }

        mutating func set(_ status: ServingStatus, of service: String) -> [String] {
            table.set(status, of: service).map { "\($0.watcher): \($0.status)" }
        }

        mutating func shutDown() -> [String] {
            table.shutDown().map { "\($0.watcher): \($0.status)" }
        }
    }

    @Test("Watchers of a service get each change of it, and nothing else")
    func changes() {
        var story = Story()
        #expect(story.set(.serving, of: "a") == [])
        #expect(story.watch("a", "one")?.told == "one: serving")
        let second = story.watch("a", "two")
        #expect(second?.told == "two: serving")
        #expect(story.watch("b", "three")?.told == "three: serviceUnknown")
        #expect(story.set(.notServing, of: "a") == ["one: notServing", "two: notServing"])
        #expect(story.set(.notServing, of: "a") == [], "the same again is no change")
        #expect(story.set(.serving, of: "b") == ["three: serving"])
        story.table.remove(second?.number ?? 0)
        #expect(story.set(.serving, of: "a") == ["one: serving"])
        #expect(story.table.status(of: "a") == .serving)
        #expect(story.table.status(of: "c") == nil)
    }

    @Test("Watchers are bounded, and one that goes makes room")
    func bound() {
        var story = Story()
        let numbers = ["one", "two", "three"].compactMap { story.watch("", $0)?.number }
        #expect(numbers.count == 3)
        #expect(story.watch("", "four") == nil)
        story.table.remove(numbers[1])
        story.table.remove(numbers[1])
        #expect(story.watch("", "four") != nil)
        #expect(story.table.watcherCount == 3)
    }

    @Test("After the shutdown all is NOT_SERVING, and stays")
    func shutDown() {
        var story = Story()
        _ = story.set(.serving, of: "a")
        _ = story.set(.notServing, of: "b")
        for (service, name) in [("a", "one"), ("b", "two"), ("c", "three")] {
            #expect(story.watch(service, name) != nil)
        }
        #expect(story.shutDown() == ["one: notServing"])
        #expect(story.shutDown() == [])
        #expect(story.set(.serving, of: "a") + story.set(.serving, of: "c") == [])
        #expect(story.table.status(of: "a") == .notServing)
        #expect(story.table.status(of: "c") == nil)
    }
}
