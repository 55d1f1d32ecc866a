import Testing

@testable import muster

@Suite("Events as lines")
struct EventTextTests {
    @Test(
        "Each kind is a line of what became of what",
        arguments: [
            (
                #"""
                {"detail-type": "ECS Task State Change", "time": "2025-01-01T12:00:01Z",
                "resources": ["arn:aws:ecs:r:1:task/default/0123456789abcdef"],
                "detail": {"lastStatus": "RUNNING", "desiredStatus": "STOPPED", "version": 3,
                "group": "service:web", "healthStatus": "HEALTHY", "stoppedReason": "Why not",
                "taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/web:7",
                "createdAt": "2025-01-01T11:00:00.000Z", "updatedAt": "2025-01-01T12:00:01.750Z"}}
                """#,
                "2025-01-01T12:00:01.750Z  task        01234567  web:7  service:web  "
                    + "RUNNING, to stop, HEALTHY: Why not"
            ),
            (
                #"""
                {"detail-type": "ECS Container Instance State Change",
                "time": "2025-01-01T12:00:01Z",
                "resources": ["arn:aws:ecs:r:1:container-instance/default/01"],
                "detail": {"status": "ACTIVE", "agentConnected": false, "ec2InstanceId": "worker-1",
                "updatedAt": "2025-01-01T12:00:01.750Z"}}
                """#,
                "2025-01-01T12:00:01.750Z  instance    worker-1  ACTIVE, SILENT"
            ),
            (
                #"""
                {"detail-type": "ECS Service Action", "time": "2025-01-01T12:00:01Z",
                "resources": ["arn:aws:ecs:r:1:service/default/web"],
                "detail": {"eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "reason": "RESOURCE:CPU",
                "createdAt": "2025-01-01T12:00:01.750Z"}}
                """#,
                "2025-01-01T12:00:01.750Z  service     web  "
                    + "SERVICE_TASK_PLACEMENT_FAILURE: RESOURCE:CPU"
            ),
            (
                #"""
                {"detail-type": "ECS Deployment State Change", "time": "2025-01-01T12:00:01Z",
                "resources": ["arn:aws:ecs:r:1:service/default/web"],
                "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED",
                "deploymentId": "ecs-svc/1", "reason": "ECS deployment ecs-svc/1 completed.",
                "updatedAt": "2025-01-01T12:00:01.750Z"}}
                """#,
                "2025-01-01T12:00:01.750Z  deployment  web  SERVICE_DEPLOYMENT_COMPLETED "
                    + "ecs-svc/1: ECS deployment ecs-svc/1 completed."
            ),
        ])
    func lines(json: String, line: String) {
        #expect(EventText(json: json)?.line == line)
    }

    @Test("Something else is no event")
    func others() {
        #expect(EventText(json: "{}") == nil && EventText(json: "x") == nil)
    }

    @Test("Server-sent events are read from pieces of any size")
    func stream() throws {
        let text = """
            : a comment
            id: 4

            id: 5-1
            data: {"a": 1}
            data:two

            event: gap
            data: x


            id: 6
            """
        let expected = [
            EventLines.Message(id: "4"), .init(id: "5-1", data: "{\"a\": 1}\ntwo"),
            .init(event: "gap", data: "x"),
        ]
        for size in [1, 3, 1_000] {
            var lines = EventLines()
            var found: [EventLines.Message] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += try lines.take(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(found == expected)
        }
    }

    @Test("A line without end is not kept")
    func endless() {
        var lines = EventLines()
        #expect(throws: EventLines.TooLong.self) {
            try lines.take(repeatElement(UInt8(ascii: "x"), count: EventLines.lineMaximum + 1))
        }
    }
}
