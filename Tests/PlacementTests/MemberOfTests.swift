import Model
import Placement
import QueryLanguage
import Testing

@Suite("memberOf")
struct MemberOfTests {
    /// Instance 1 runs a task of the group `service:db`, 2 one of the group `g`, of which is what
    /// is placed, 3 none.
    static func candidates() -> [Candidate] {
        var all = (1...3).map { number in
            BoardTests.candidate(
                number, zone: number == 3 ? "b" : "a", tasks: number == 3 ? 0 : 1,
                ofGroup: number == 2 ? 1 : 0,
                attributes: [Attribute(name: "rank", value: "\(number)"), Attribute(name: "ssd")])
        }
        all[0].groups = ["service:db"]
        all[1].instance.agentVersion = "1.9.0"
        all[2].instance.agentVersion = "1.20.0"
        return all
    }

    static func need(_ expressions: [String]) throws -> Need {
        BoardTests.need(
            [.spread("instanceId")],
            constraints: try expressions.map { .memberOf(try ClusterQuery($0)) })
    }

    @Test(
        "only instances that meet every expression take a task",
        arguments: [
            (["attribute:rank > 1"], [3, 2, 3, 2]),
            (["attribute:rank > 1", "attribute:ecs.availability-zone == a"], [2, 2, 2, 2]),
            (["attribute:rank == 4"], [0, 0, 0, 0]),
            (["ec2InstanceId in [w1, w3]"], [3, 1, 3, 1]),
            (["agentVersion >= 1.10"], [3, 3, 3, 3]),
            (["registeredAt < 1970-01-02"], [3, 1, 2, 3]),
            (["agentConnected == true and attribute:ssd exists"], [3, 1, 2, 3]),
            // With a task of another group, and away from it.
            (["task:group == service:db"], [1, 1, 1, 1]),
            (["not(task:group == service:db)"], [3, 2, 3, 2]),
            // The tasks that are being placed count at once.
            (["task:group != g"], [3, 1, 0, 0]),
            (["task:group =~ service:.*|g"], [1, 2, 1, 2]),
            (["runningTasksCount < 2"], [3, 1, 2, 3]),
        ])
    func places(expressions: [String], expected: [Int]) throws {
        let placed = BoardTests.place(4, try Self.need(expressions), on: Self.candidates())
        #expect(placed == expected)
    }

    @Test("a refusal has the expression, and the part of it that does not hold")
    func misfit() throws {
        let text = "attribute:ssd exists and (attribute:rank > 3 or task:group == service:db)"
        let need = try Self.need([text])
        let misfit = try #require(Self.candidates()[2].misfit(for: need))
        guard case .memberOf(let query, let failing) = misfit else {
            Issue.record("\(misfit)")
            return
        }
        #expect(query.text == text)
        #expect(failing?.description == "attribute:rank > 3 or task:group == service:db")
        #expect(misfit.failureReason == "MemberOf placement constraint unsatisfied")
        #expect(
            misfit.detail
                == "The container instance does not meet 'attribute:rank > 3 or task:group == "
                + "service:db'.")
        #expect(Self.candidates()[0].misfit(for: need) == nil)
    }

    @Test("an expression that can't be read fits nowhere, and binds StartTask no more than others")
    func unreadable() throws {
        let need = BoardTests.need(constraints: [.memberOf(ClusterQuery(accepted: "?"))])
        let candidate = Self.candidates()[2]
        #expect(candidate.misfit(for: need) == .memberOf(ClusterQuery(accepted: "?"), failing: nil))
        #expect(candidate.misfitWithoutConstraints(for: need) == nil)
    }
}
