import Model
import Rollout
import Testing

@Suite("The rolling plan")
struct RollingPlanTests {
    /// A service written in short: `n` new, `o` old, `d` new on a draining instance; upper case is
    /// healthy, lower case is not; `N?` can't be heard; `n'` runs but has not yet proved healthy;
    /// `N!` is protected from scale-in; `n*` runs and is UNHEALTHY, `n+` comes up and is; `h` is
    /// old and of the deployment whose losses are made up for.
    static func view(
        _ picture: String, desired: Int, min: Int = 100, max: Int = 200, stopping: Int = 0,
        lingering: Int = 0, lost: Int = 0, hasFailed: Bool = false
    ) -> ServiceView {
        var tasks: [ServiceView.Task] = []
        for letter in picture {
            if letter == "?" {
                tasks[tasks.count - 1].isUncertain = true
                continue
            }
            if letter == "!" {
                tasks[tasks.count - 1].isProtected = true
                continue
            }
            if letter == "*" || letter == "+" {
                tasks[tasks.count - 1].isUnhealthy = true
                if letter == "*" { tasks[tasks.count - 1].status = .running }
                continue
            }
            if letter == "'" {
                tasks[tasks.count - 1].status = .running
                continue
            }
            let isHealthy = letter.isUppercase
            tasks.append(
                ServiceView.Task(
                    id: TaskID(high: 0, low: UInt64(tasks.count)),
                    isNew: !"oOhH".contains(letter), status: isHealthy ? .running : .pending,
                    isHealthy: isHealthy, isDraining: letter.lowercased() == "d",
                    isHeld: "hH".contains(letter)))
        }
        return ServiceView(
            desiredCount: desired,
            bounds: DeploymentConfiguration(minimumHealthyPercent: min, maximumPercent: max),
            tasks: tasks, stopping: stopping, lingering: lingering, lost: lost,
            hasFailed: hasFailed)
    }

    /// What is started, and what is stopped as a picture of the same kind: `+2 -oO`.
    static func plan(_ picture: String, _ view: ServiceView) -> String {
        let plan = RollingPlan.plan(view)
        let letters = picture.filter(\.isLetter).map { String($0) }
        let stopped = plan.stop.map { letters[Int($0.low)] }.joined()
        let sick = plan.stopUnhealthy.map { letters[Int($0.low)] }.joined()
        return [
            plan.restore > 0 ? "^\(plan.restore)" : "",
            plan.start > 0 ? "+\(plan.start)" : "", stopped.isEmpty ? "" : "-\(stopped)",
            sick.isEmpty ? "" : "~\(sick)",
            plan.isBlocked ? "blocked" : "", plan.isHeldByProtection ? "held" : "",
            plan.isSteady ? "steady" : "",
        ].filter { !$0.isEmpty }.joined(separator: " ")
    }

    @Test(
        "Who must not live twice is replaced when it is gone",
        arguments: [
            ("", 1, 100, 1, ""), ("", 1, 200, 1, ""), ("", 2, 100, 1, "+1"), ("N", 2, 200, 1, ""),
            ("N", 3, 100, 1, "+1"), ("O", 2, 100, 1, ""), ("", 1, 100, 0, "+1"),
        ])
    func lingering(
        picture: String, desired: Int, max: Int, lingering: Int, expected: String
    ) {
        let view = Self.view(
            picture, desired: desired, max: max, stopping: lingering, lingering: lingering)
        #expect(Self.plan(picture, view) == expected)
    }

    @Test(
        "keeps to both bounds",
        arguments: [
            ("", 3, 100, 200, "+3"),
            ("NNN", 3, 100, 200, "steady"),
            ("NNn", 3, 100, 200, ""),
            ("NN", 3, 100, 200, "+1"),
            ("", 0, 100, 200, "steady"),
            // A deployment: start while there is room, stop what the healthy allow.
            ("OOOO", 4, 100, 200, "+4"),
            ("OOOO", 4, 50, 100, "-OO"),
            ("OO", 2, 75, 100, "blocked"),
            ("OOO", 3, 100, 125, "blocked"),
            ("OOO", 3, 0, 100, "-OOO"),
            ("OOOONNNN", 4, 100, 200, "-OOOO"),
            ("OOOONNnn", 4, 100, 200, "-OO"),
            ("ooOO", 4, 100, 200, "+4 -oo"),
            ("OONN", 4, 100, 100, "blocked"),
            // Scale-in.
            ("NNNNN", 3, 100, 200, "-NN"),
            ("NNNnn", 3, 100, 200, "-nn"),
            ("NNNNN", 0, 100, 200, "-NNNNN"),
            ("ONNN", 2, 100, 200, "-ON"),
            // Protected tasks stay, whether too many, of an older deployment or on a draining host.
            ("N!N!N!", 2, 100, 200, "held"),
            ("N!NN!", 2, 100, 200, "-N"),
            ("N!N!N", 2, 100, 200, "-N"),
            ("O!NN", 2, 100, 200, "held"),
            ("O!O!", 2, 100, 200, "+2"),
            ("O!ONN", 2, 100, 200, "-O"),
            ("O!O", 2, 50, 100, "-O"),
            ("O!O!", 2, 100, 100, "held"),
            ("O!O", 2, 100, 100, "blocked"),
            ("D!NN", 2, 100, 200, "held"),
            ("N!N!", 2, 100, 200, "steady"),
            ("N!N!N!n", 2, 100, 200, "-n"),
            // What has just come to run counts for nothing yet, and is not taken for that.
            ("o'o'o'o'", 4, 50, 150, "+2 -oo"),
            ("o'o'o'o'", 4, 50, 100, "-oo"),
            ("OOOOn'n'", 4, 50, 150, "-OO"),
            // What never proves healthy does not hold up those that did.
            ("o'o'o'NNN", 3, 100, 200, "-ooo"),
            ("o'o'n'n'", 2, 100, 200, ""),
            ("o'o'n'N", 2, 100, 200, "-o"),
            ("OOn'n'", 2, 50, 200, "-O"),
            ("o'o'", 2, 0, 200, "+2 -oo"),
            ("n'n'nnn", 2, 100, 200, "-nnn"),
            // Draining instances.
            ("NND", 3, 100, 200, "+1"),
            ("NNDN", 3, 100, 200, "-D"),
            ("NNd", 3, 100, 200, "+1 -d"),
            ("DD", 2, 100, 100, "blocked"),
            ("DD", 2, 50, 100, "-D"),
            // Who can't be heard is not replaced, but nobody counts on him.
            ("NN?N", 3, 100, 200, ""),
            ("ONN?", 2, 100, 200, ""),
            ("ON?N?", 2, 0, 200, "-O"),
        ])
    func bounds(picture: String, desired: Int, min: Int, max: Int, expected: String) {
        let view = Self.view(picture, desired: desired, min: min, max: max)
        #expect(Self.plan(picture, view) == expected)
    }

    @Test(
        "replaces what an older deployment lost by its like, while it is needed (section 8.2)",
        arguments: [
            // One of four is lost while the new ones come up.
            ("HHHnnnn", 4, 100, 200, 1, "^1"),
            ("HHHNNNN", 4, 100, 200, 1, "-HHH"),
            ("HHHNnnn", 4, 100, 200, 1, "^0"),
            // It stays on its way while it is needed, and goes freely after that.
            ("HHHhnnnn", 4, 100, 200, 0, ""),
            ("HHHhNNNN", 4, 100, 200, 0, "-hHHH"),
            ("HHHhNnnn", 4, 100, 200, 0, "-h"),
            // No more than were lost, and no more than the lower bound wants.
            ("HHnnnn", 4, 100, 200, 2, "^2"),
            ("HHnnnn", 4, 50, 200, 2, ""),
            ("Hnnnn", 4, 50, 200, 3, "^1"),
            ("Hnnnn", 4, 0, 200, 3, "-H"),
            // Scaled up meanwhile: nothing was lost.
            ("HHHHnnnn", 8, 100, 200, 0, "+4"),
            // The old, which is known to work, before the new where there is room for one.
            ("Hnn", 4, 50, 100, 1, "^1"),
            ("hhnn", 4, 50, 100, 0, ""),
            // An older one that never worked is let go.
            ("ooHHH", 4, 100, 200, 1, "^1 +2 -oo"),
        ])
    func restores(
        picture: String, desired: Int, min: Int, max: Int, lost: Int, expected: String
    ) {
        let view = Self.view(picture, desired: desired, min: min, max: max, lost: lost)
        #expect(Self.plan(picture, view) == expected.replacing("^0", with: ""))
    }

    @Test("starts nothing of a failed deployment, and does not call that blocked")
    func failed() {
        #expect(Self.plan("HH", Self.view("HH", desired: 2, hasFailed: true)) == "")
        let view = Self.view("H", desired: 2, lost: 1, hasFailed: true)
        #expect(Self.plan("H", view) == "^1")
    }

    @Test("is not steady while a task still stops")
    func stopping() {
        #expect(Self.plan("NN", Self.view("NN", desired: 2, stopping: 1)) == "")
    }

    @Test(
        "is no prey to numbers that nobody means",
        arguments: [Int.max, Int.min, -1, 1 << 40], [Int.max, Int.min, -1, 1 << 40])
    func hostile(count: Int, percent: Int) {
        let view = Self.view("ON", desired: count, min: percent, max: percent)
        let plan = RollingPlan.plan(view)
        #expect(plan.start >= 0 && plan.stop.count <= 2)
    }

    @Test("holds the bounds for any picture", arguments: 1...500)
    func property(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let tasks = ["N", "N", "N", "n", "n'", "O", "O", "o", "o'", "D", "d", "d'", "H", "h"]
        let picture = (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in
            tasks.randomElement(using: &random)
        }.joined()
        let desired = Int.random(in: 0...8, using: &random)
        let min = Int.random(in: 0...100, using: &random)
        let max = Int.random(in: 100...200, using: &random)
        let lost = Int.random(in: 0...4, using: &random)
        let view = Self.view(picture, desired: desired, min: min, max: max, lost: lost)
        let plan = RollingPlan.plan(view)
        let lower = (desired * min + 99) / 100
        let healthy = view.tasks.filter(\.isHealthy).map(\.id)
        let left = healthy.count { !plan.stop.contains($0) }
        #expect(left >= Swift.min(lower, healthy.count), "\(picture)")
        let running = view.tasks.filter { $0.status == .running }.map(\.id)
        let stillRunning = running.count { !plan.stop.contains($0) }
        #expect(stillRunning >= Swift.min(lower, running.count), "\(picture)")
        let more = plan.start + plan.restore
        #expect(more == 0 || view.tasks.count + more <= desired * max / 100)
        #expect(plan.restore <= lost)
        #expect(Set(plan.stop).count == plan.stop.count, "nobody is stopped twice")
        #expect(!plan.isSteady || (plan.start == 0 && plan.stop.isEmpty && !plan.isBlocked))
    }
}

@Suite("The launch throttle")
struct LaunchThrottleTests {
    func at(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1_000) }

    @Test(
        "allows the first retry at once and doubles from then on, up to its maximum",
        arguments: [
            (LaunchThrottle(), [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]),
            (
                LaunchThrottle(delayMaximum: .seconds(27 * 60)),
                [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_620, 1_620]
            ),
        ])
    func doubling(_ new: LaunchThrottle, _ expected: [Int64]) {
        var throttle = new
        var now = at(0)
        var delays: [Int64] = []
        for _ in expected {
            throttle.taskFailed(at: now)
            let next = throttle.notBefore ?? now
            delays.append((next - now).milliseconds / 1_000)
            now = next
        }
        #expect(delays == expected)
    }

    @Test("counts failures within a delay as one")
    func together() {
        var throttle = LaunchThrottle()
        for _ in 0..<50 { throttle.taskFailed(at: at(0)) }
        #expect(throttle.failures == 2 && throttle.notBefore == at(1))
        #expect(!throttle.isImpaired)
        let counted = throttle.taskFailed(at: at(1))
        #expect(counted && throttle.isImpaired)
    }

    @Test("starts afresh when it is reset")
    func reset() {
        var throttle = LaunchThrottle()
        for second in 0..<5 { throttle.taskFailed(at: at(Int64(second * 100))) }
        throttle.reset()
        #expect(throttle == LaunchThrottle() && throttle.notBefore == nil)
        var strict = LaunchThrottle(delayMaximum: .seconds(1_620))
        strict.reset()
        #expect(strict.delayMaximum == .seconds(1_620))
    }
}
