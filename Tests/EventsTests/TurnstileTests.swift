import Testing

@testable import Events

@Suite("A turnstile", .timeLimit(.minutes(1)))
struct TurnstileTests {
    @Test("It lets in as many as there are places, then one for each that leaves")
    func places() async throws {
        let turnstile = Turnstile(places: 1)
        var first = await turnstile.enter()
        #expect(first != nil)
        let second = Task { await turnstile.enter() != nil }
        let third = Task { await turnstile.enter() != nil }
        third.cancel()
        #expect(await third.value == false)
        first = nil
        #expect(await second.value)
        // Those that left and the one that was cancelled hold no place.
        #expect(await turnstile.enter() != nil)
    }
}
