import Model
import Rollout
import Testing

@Suite("The deployment circuit breaker (ECS semantics, section 14.1)")
struct CircuitBreakerTests {
    @Test(
        "has a threshold of half the desired count, between 3 and 200",
        arguments: [
            (0, 3), (1, 3), (5, 3), (6, 3), (7, 4), (25, 13), (399, 200), (400, 200), (800, 200),
            (Int.max, 200),
        ])
    func threshold(desired: Int, expected: Int) {
        #expect(CircuitBreakerSettings.threshold(desiredCount: desired) == expected)
    }

    /// `x` a task that never ran, `r` one that came to run, `s` one that did and is to be HEALTHY
    /// yet, `u` one found UNHEALTHY, `c` one that crashed after it ran, `l` one that lasted.
    private func breaker(after story: String) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for event in story {
            switch event {
            case "x": breaker.count(.neverRan)
            case "u": breaker.count(.unhealthy)
            case "c": breaker.count(.crashed)
            case "r": breaker.taskRan()
            case "s": breaker.taskStayed()
            default: breaker.taskLasted()
            }
        }
        return breaker
    }

    @Test(
        "counts what never ran until one runs, then what is found unhealthy",
        arguments: [
            ("", 0, false), ("xx", 2, false), ("xxx", 3, true), ("xxxx", 4, true),
            // Stage 1 ends with the first that runs.
            ("xxr", 0, false), ("xxrxxxx", 0, false), ("rxxx", 0, false),
            // Stage 2 begins there: health counts only from then on.
            ("uuu", 0, false), ("ruu", 2, false), ("ruuu", 3, true), ("xxruuu", 3, true),
            // A task that runs resets the count.
            ("ruuruu", 2, false), ("ruurxxu", 1, false),
            // One whose health is not known yet begins stage 2, and makes up for nothing.
            ("xxs", 0, false), ("sususu", 3, true), ("susur", 0, false),
            // Crashes after RUNNING are no failures for ECS.
            ("rccccc", 0, false),
        ])
    func stages(story: String, failures: Int, isTripped: Bool) {
        let breaker = breaker(after: story)
        #expect(breaker.failures == failures)
        #expect(breaker.isTripped(desiredCount: 1) == isTripped)
    }

    @Test(
        "counts crashes in a row where that is asked for",
        arguments: [
            ("rcc", 3, false), ("rccc", 3, true), ("rcclc", 3, false), ("c", 1, true),
            ("rcclcc", 2, true), ("", 1, false),
        ])
    func crashes(story: String, maximum: Int, isTripped: Bool) {
        let breaker = breaker(after: story)
        #expect(breaker.isTripped(desiredCount: 1, crashesMaximum: maximum) == isTripped)
        #expect(!breaker.isTripped(desiredCount: 1))
    }

    @Test("counts tasks that fail together as so many")
    func together() {
        var breaker = CircuitBreaker()
        breaker.count(.neverRan, times: 12)
        #expect(!breaker.isTripped(desiredCount: 25))
        breaker.count(.neverRan)
        #expect(breaker.isTripped(desiredCount: 25))
    }

    @Test(
        "a rule for crash loops has one form alone",
        arguments: [
            ("3/60", true), ("1/1", true), ("200/3600", true), ("0/60", false), ("201/60", false),
            ("3/0", false), ("3/3601", false), ("3", false), ("3/60/1", false), ("/60", false),
            ("three/60", false), ("3 / 60", false), ("-3/60", false), ("", false),
        ])
    func rule(text: String, isRead: Bool) {
        #expect((CrashLoopRule(text) != nil) == isRead)
        let tags = [
            Model.Tag(key: "a", value: "b"), Model.Tag(key: "muster:crash-loop", value: text),
        ]
        #expect((CrashLoopRule(tags) != nil) == isRead)
        #expect(CrashLoopRule([]) == nil)
    }
}
