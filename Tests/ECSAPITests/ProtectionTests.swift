import ClusterState
import ECSAPI
import Model
import Testing

@Suite("Task scale-in protection by the API")
struct ProtectionTests {
    private static let plane = FakeControlPlane { command, _ throws(APIError) in
        guard case .updateTaskProtection(_, let ids, let minutes) = command else { return .done }
        let failure = TaskProtection.Failure(
            task: TaskID(high: 4, low: 9), reason: "MISSING", detail: "gone")
        let until = minutes.map { WallTime.noon + .seconds(60 * $0) }
        return .protections(
            ids.map { TaskProtection(task: $0, until: until) }, failures: [failure])
    }

    @Test(
        "is set for 120 minutes or as long as is said, and ended",
        arguments: [
            (
                #""protectionEnabled": true"#,
                #""protectionEnabled": true, "expirationDate": 1735740000.25"#
            ),
            (
                #""protectionEnabled": true, "expiresInMinutes": 1"#,
                #""protectionEnabled": true, "expirationDate": 1735732860.25"#
            ),
            (#""protectionEnabled": false"#, #""protectionEnabled": false"#),
        ])
    func update(members: String, expected: String) async throws {
        let answer = try await API(Self.plane).call(
            "UpdateTaskProtection",
            #"{"cluster": "default", "tasks": ["\#(Fixture.taskID)"], \#(members)}"#)
        let arn = "\(Fixture.arns)task/default/"
        #expect(
            answer
                == canonical(
                    #"""
                    {"protectedTasks": [{"taskArn": "\#(arn)\#(Fixture.taskID)", \#(expected)}],
                     "failures": [{"arn": "\#(arn)00000000000000040000000000000009",
                       "reason": "MISSING", "detail": "gone"}]}
                    """#))
    }

    @Test(
        "is refused outside its bounds",
        arguments: [
            (#""tasks": ["a"]"#, "taskId length should be one of [32,36]"),
            (#""tasks": []"#, "Tasks cannot be empty."),
            (#""tasks": [\#(ids(11))]"#, "Tasks cannot have more than 10 elements."),
            (
                #""tasks": [\#(ids(1))], "expiresInMinutes": 0"#,
                "expiresInMinutes should be between 1 and 2880; it is 0."
            ),
            (
                #""tasks": [\#(ids(1))], "expiresInMinutes": 2881"#,
                "expiresInMinutes should be between 1 and 2880; it is 2881."
            ),
        ])
    func refusals(members: String, message: String) async {
        let refusal = await API(Self.plane).refusal(
            "UpdateTaskProtection",
            #"{"cluster": "default", "protectionEnabled": true, \#(members)}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(refusal?.message.contains(message) == true, "\(refusal?.message ?? "accepted")")
    }

    @Test("is told of tasks of services")
    func get() async throws {
        var protected = Fixture.task(1)
        protected.protectedUntil = .noon
        var alone = Fixture.task(3)
        alone.origin.value.service = nil
        let api = API(
            .cluster(Fixture.cluster), .instance(Fixture.instance), .service(Fixture.service()),
            .task(protected), .task(Fixture.task(2)), .task(alone))
        let answer = try await api.call(
            "GetTaskProtection", #"{"cluster": "default", "tasks": [\#(ids(4))]}"#)
        let arn = "\(Fixture.arns)task/default/0000000000000004000000000000000"
        #expect(
            answer
                == canonical(
                    #"""
                    {"protectedTasks": [
                       {"taskArn": "\#(arn)1", "protectionEnabled": true,
                        "expirationDate": 1735732800.25},
                       {"taskArn": "\#(arn)2", "protectionEnabled": false}],
                     "failures": [
                       {"arn": "\#(arn)3", "reason": "TASK_NOT_VALID",
                        "detail": "The specified task is not part of a service."},
                       {"arn": "\#(arn)4", "reason": "MISSING",
                        "detail": "The specified task was not found."}]}
                    """#))
    }
}

/// The ids of tasks 1, 2 and so on, as members of a list.
private func ids(_ count: Int) -> String {
    (1...count).map { "\"\(TaskID(high: 4, low: UInt64($0)))\"" }.joined(separator: ", ")
}
