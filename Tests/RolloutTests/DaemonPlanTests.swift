import Model
import Rollout
import Testing

@Suite("The plan of a DAEMON service (ECS semantics, section 12.3)")
struct DaemonPlanTests {
    /// Instances in short, one a word: `-` none of its tasks, `N` a new healthy one, `n` one that
    /// does not run yet, `O` and `o` an old one, `s` one that is stopping, `?` after a task that
    /// can't be heard, `'` after one that runs and has not proved healthy, `*` after one that runs
    /// and is UNHEALTHY; in parentheses an instance where none is wanted, in brackets one that
    /// keeps what it has all the same.
    static func view(_ picture: String, min: Int = 0, hasFailed: Bool = false) -> DaemonView {
        var number: UInt64 = 0
        let places = picture.split(separator: " ").enumerated().map { index, word in
            var place = DaemonView.Place(
                instance: InstanceID(high: 1, low: UInt64(index)),
                isEligible: !"([".contains(word.first ?? " "), keepsTasks: word.first == "[")
            for letter in word {
                switch letter {
                case "s": place.stopping += 1
                case "*":
                    place.tasks[place.tasks.count - 1].status = .running
                    place.tasks[place.tasks.count - 1].isUnhealthy = true
                case "'": place.tasks[place.tasks.count - 1].status = .running
                case "?": place.tasks[place.tasks.count - 1].isUncertain = true
                case "N", "n", "O", "o":
                    number += 1
                    place.tasks.append(
                        ServiceView.Task(
                            id: TaskID(high: 0, low: number), isNew: "Nn".contains(letter),
                            status: letter.isUppercase ? .running : .pending,
                            isHealthy: letter.isUppercase, isDraining: false))
                default: break
                }
            }
            return place
        }
        return DaemonView(places: places, minimumHealthyPercent: min, hasFailed: hasFailed)
    }

    /// Such as `3: start 0 2 stop N1 blocked`: the desired count, instances, tasks by letter.
    static func plan(_ picture: String, min: Int = 0, hasFailed: Bool = false) -> String {
        let plan = DaemonPlan(view(picture, min: min, hasFailed: hasFailed))
        let letters = picture.filter("NnOo".contains).map { String($0) }
        var words = ["\(plan.desiredCount):"]
        if !plan.start.isEmpty { words += ["start"] + plan.start.map { "\($0.low)" } }
        if !plan.stop.isEmpty {
            words.append("stop")
            words += plan.stop.map { letters[Int($0.low) - 1] }
        }
        if !plan.stopUnhealthy.isEmpty {
            words.append("~")
            words += plan.stopUnhealthy.map { letters[Int($0.low) - 1] }
        }
        if plan.isBlocked { words.append("blocked") }
        if plan.isSteady { words.append("steady") }
        return words.joined(separator: " ")
    }

    @Test(
        "one on each instance",
        arguments: [
            ("", 0, "0: steady"),
            ("- - -", 0, "3: start 0 1 2"),
            ("N N -", 0, "3: start 2"),
            ("N N N", 0, "3: steady"),
            ("N n N", 0, "3:"),
            ("N NN N", 0, "3: stop N"),
            // Where the constraints do not hold, none: what is there stops.
            ("N (N) -", 0, "2: start 2 stop N"),
            ("N (-) N", 0, "2: steady"),
            // On an instance that drains it goes last; one that is silent keeps it.
            ("N [N] N", 0, "2:"),
            ("N [-] N", 0, "2: steady"),
            // A deployment: the old stops, and only when it has stopped the new one comes.
            ("O O O", 0, "3: stop O O O"),
            ("s s s", 0, "3:"),
            ("s - N", 0, "3: start 1"),
            ("N O O", 0, "3: stop O O"),
            // The minimum healthy percent leaves so many at a time.
            ("O O O O", 50, "4: stop O O"),
            ("O O - -", 50, "4: start 2 3"),
            ("O O s s", 50, "4:"),
            ("O O n n", 50, "4:"),
            ("O O N n", 50, "4: stop O"),
            ("O O O", 100, "3: blocked"),
            ("o O O", 100, "3: stop o"),
            ("O O", 75, "2: blocked"),
            // What runs and is not healthy goes while enough run.
            ("o' o' O O", 50, "4: stop o o"),
            ("o' - O -", 50, "4: start 1 3"),
            // Who can't be heard is not counted on.
            ("O? O O", 60, "3: stop O"),
        ])
    func cases(picture: String, min: Int, expected: String) {
        #expect(Self.plan(picture, min: min) == expected)
    }

    @Test("nothing of a failed deployment is started")
    func failed() {
        #expect(Self.plan("N - -", hasFailed: true) == "3:")
        #expect(Self.plan("O O", min: 100, hasFailed: true) == "2:")
    }

    @Test("one goes at a time whatever the percent, where it is to go on")
    func goesOn() {
        var view = Self.view("O O O", min: 100)
        #expect(DaemonPlan(view).stop.isEmpty && DaemonPlan(view).isBlocked)
        view.goesOn = true
        #expect(DaemonPlan(view).stop.count == 1 && !DaemonPlan(view).isBlocked)
        var settling = Self.view("O O n'", min: 100)
        settling.goesOn = true
        #expect(DaemonPlan(settling).stop.isEmpty)
    }

    @Test("never two on one, never below the minimum", arguments: 1...300)
    func property(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let words = ["-", "N", "n", "O", "o", "s", "Os", "ns", "(N)", "(-)", "[O]", "NO", "oN?"]
        let picture = (0..<Int.random(in: 0...9, using: &random))
            .compactMap { _ in words.randomElement(using: &random) }.joined(separator: " ")
        let min = Int.random(in: 0...100, using: &random)
        let view = Self.view(picture, min: min)
        let plan = DaemonPlan(view)
        let eligible = view.places.filter(\.isEligible)
        let lower = (eligible.count * min + 99) / 100
        let healthy = eligible.flatMap(\.tasks).filter { $0.isHealthy && !$0.isUncertain }
        let left = healthy.count { !plan.stop.contains($0.id) }
        #expect(left >= Swift.min(lower, healthy.count), "\(picture)")
        for id in plan.start {
            let place = view.places.first { $0.instance == id }
            #expect(place?.isEligible == true && place?.tasks.isEmpty == true, "\(picture)")
            #expect(place?.stopping == 0, "\(picture)")
        }
        #expect(Set(plan.stop).count == plan.stop.count)
        #expect(!plan.isSteady || plan.start.isEmpty && plan.stop.isEmpty && !plan.isBlocked)
    }
}
