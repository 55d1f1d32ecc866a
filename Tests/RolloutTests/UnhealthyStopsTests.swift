import Model
import Rollout
import Testing

/// ECS semantics, section 8.2; the pictures are those of `RollingPlanTests`, where `~n` is stopped
/// because it is unhealthy.
@Suite("Unhealthy tasks of a service")
struct UnhealthyStopsTests {
    @Test(
        "are replaced, the replacement first where there is room",
        arguments: [
            // 1. The replacement starts first; when it is healthy the unhealthy one goes.
            ("NNn*", 3, 100, 200, 0, "+1"),
            ("NNn*n", 3, 100, 200, 0, ""),
            ("NNn*n'", 3, 100, 200, 0, ""),
            ("NNn*N", 3, 100, 200, 0, "~n"),
            ("n*", 1, 100, 200, 0, "+1"),
            ("n*n*n*", 3, 100, 200, 0, "+3"),
            ("n*n*n*NNN", 3, 100, 200, 0, "~nnn"),
            ("n*n*n*Nnn", 3, 100, 200, 0, "~n"),
            // Also where the minimum would let it go at once.
            ("NNn*", 3, 0, 200, 0, "+1"),
            ("NNNn*", 4, 50, 150, 0, "+1"),
            // Where the replacement is unhealthy too, one of the two goes.
            ("NNn*n*", 3, 100, 200, 0, "+1 ~n"),
            ("NNn*n+", 3, 100, 200, 0, "+1 ~n"),
            // 2. No room: one at a time, while the others hold, and then the replacement.
            ("NNn*", 3, 100, 100, 0, "~n"),
            ("Nn*n*", 3, 100, 100, 0, "~n"),
            ("Nn*", 3, 100, 100, 1, "+1"),
            ("Nn*n", 3, 100, 100, 0, ""),
            ("Nn*n'", 3, 100, 100, 0, ""),
            ("NNn*", 3, 100, 100, 1, ""),
            // All at once of those that the minimum can do without.
            ("NNn*n*", 4, 50, 100, 0, "~nn"),
            ("NNn*", 3, 0, 100, 0, "~n"),
            // 3. What is too many goes, the unhealthy first.
            ("NNNn*", 3, 100, 200, 0, "~n"),
            ("NNn*", 2, 100, 200, 0, "~n"),
            ("NNNNn*", 3, 100, 200, 0, "-N ~n"),
            ("n*", 0, 100, 200, 0, "-n"),
            // Those that nobody hears of are not replaced.
            ("NNn*?", 3, 100, 200, 0, ""),
            // Protection is from scale-in and deployments.
            ("NNn*!N", 3, 100, 200, 0, "~n"),
        ])
    func replaced(
        picture: String, desired: Int, min: Int, max: Int, stopping: Int, expected: String
    ) {
        let view = RollingPlanTests.view(
            picture, desired: desired, min: min, max: max, stopping: stopping)
        #expect(RollingPlanTests.plan(picture, view) == expected)
    }

    @Test(
        "do not hold a deployment up, and one that is unhealthy does not cost the old",
        arguments: [
            ("OOOn*n*n*", 0, "~nnn"), ("OOOnnn*", 0, "~n"), ("OOONNn*", 0, "-OO ~n"),
            ("OOONNN", 0, "-OOO"),
            ("HHh*nnn", 1, "^0"), ("HHh*", 1, "^1 +2"), ("HHh*h", 0, "+2"),
        ])
    func deployment(picture: String, lost: Int, expected: String) {
        let view = RollingPlanTests.view(picture, desired: 3, lost: lost)
        let plan = RollingPlanTests.plan(picture, view)
        #expect(plan == (expected == "^0" ? "" : expected))
    }

    /// The old revision's copies fail as well, and what the update brings may be what heals it.
    @Test(
        "of an old revision leave room for the new one",
        arguments: [
            ("h*h*", 2, 100, 200, 2, "^1 +1"), ("h*h*h", 2, 100, 200, 1, "+1"),
            ("h*h*N", 2, 100, 200, 2, "+1 -h"), ("h*h*h*", 2, 100, 200, 2, "+1 -h"),
            ("h*", 2, 50, 100, 1, "+1"), ("HH", 4, 100, 100, 2, "^2"),
        ])
    func sickOldRevision(
        picture: String, desired: Int, min: Int, max: Int, lost: Int, expected: String
    ) {
        let view = RollingPlanTests.view(
            picture, desired: desired, min: min, max: max, lost: lost)
        #expect(RollingPlanTests.plan(picture, view) == expected)
    }

    @Test("of a FAILED deployment stay, since nothing would take their place")
    func failed() {
        let view = RollingPlanTests.view("NNn*", desired: 3, max: 100, hasFailed: true)
        #expect(RollingPlanTests.plan("NNn*", view) == "")
    }

    @Test("stay while a replacement only waits for the end of who must not live twice")
    func lingering() {
        let view = RollingPlanTests.view("NNNNn*", desired: 5, min: 50, max: 150, lingering: 1)
        #expect(RollingPlanTests.plan("NNNNn*", view) == "")
    }

    @Test("are no steady state")
    func unsteady() {
        #expect(!RollingPlan.plan(RollingPlanTests.view("NNn*", desired: 3)).isSteady)
    }

    @Test(
        "of a DAEMON service go before their replacement comes",
        arguments: [
            ("N n* N", 0, "3: ~ n"), ("n* n* n*", 0, "3: ~ n n n"), ("N n* n*", 50, "3: ~ n"),
            ("N n* N", 100, "3: ~ n"), ("s n* N", 100, "3:"), ("n n* N", 100, "3:"),
            ("N N n* n*", 50, "4: ~ n n"), ("N (n*) N", 0, "2: stop n"),
            // Of an older deployment they go as well, where it may not stop any.
            ("o* o* o*", 100, "3: ~ o"), ("o*", 50, "1: ~ o"), ("O o* O", 100, "3: ~ o"),
        ])
    func daemon(picture: String, min: Int, expected: String) {
        #expect(DaemonPlanTests.plan(picture, min: min) == expected)
    }

    @Test("of a FAILED DAEMON deployment stay")
    func failedDaemon() {
        #expect(DaemonPlanTests.plan("N n* N", hasFailed: true) == "3:")
    }
}
