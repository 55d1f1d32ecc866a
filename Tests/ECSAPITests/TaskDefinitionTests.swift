import ClusterState
import Foundation
import Model
import Testing

@Suite("Task definitions")
struct TaskDefinitionTests {
    /// Registers like the core: revision 1 of what the command says.
    private var plane: FakeControlPlane {
        FakeControlPlane { command, state in
            guard case .registerTaskDefinition(let request) = command else { return .done }
            let definition = TaskDefinition(
                key: TaskDefinitionKey(
                    region: request.region, family: request.family, revision: 1),
                containers: request.containers, networkMode: request.networkMode,
                cpu: request.cpu, memory: request.memory,
                requiredAttributes: request.requiredAttributes, tags: request.tags,
                registeredAt: .noon, document: request.document)
            state.put(.taskDefinition(definition))
            return .taskDefinition(definition)
        }
    }

    @Test("come back with ECS's defaults filled in, from Register and from Describe alike")
    func golden() async throws {
        let api = API(plane)
        let registered = try await api.call(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "cpu": "1 vCPU", "memory": "1GB", "containerDefinitions": [
              {"name": "app", "image": "nginx", "portMappings": [{"containerPort": 80}],
               "healthCheck": {"command": ["CMD-SHELL", "true"]},
               "environment": [{"name": "A", "value": "B"}]}]}
            """#)
        let definition = #"""
            {"taskDefinitionArn": "\#(Fixture.arns)task-definition/web:1", "family": "web",
             "revision": 1, "status": "ACTIVE", "networkMode": "bridge", "cpu": "1024",
             "memory": "1024", "volumes": [], "placementConstraints": [],
             "compatibilities": ["EXTERNAL", "EC2"],
             "requiresAttributes": [{"name": "ecs.capability.container-health-check"}],
             "registeredAt": 1735732800.25, "registeredBy": "arn:aws:iam::123456789012:root",
             "containerDefinitions": [
              {"name": "app", "image": "nginx", "cpu": 0, "essential": true,
               "portMappings": [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}],
               "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 30, "timeout": 5,
                               "retries": 3},
               "environment": [{"name": "A", "value": "B"}], "mountPoints": [],
               "volumesFrom": [], "systemControls": []}]}
            """#
        #expect(registered == canonical(#"{"taskDefinition": \#(definition)}"#))
        let described = try await api.call("DescribeTaskDefinition", #"{"taskDefinition": "web"}"#)
        #expect(described == canonical(#"{"taskDefinition": \#(definition)}"#))
    }

    @Test("give the core what it needs to run them")
    func command() async throws {
        let plane = plane
        _ = try await API(plane).call(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "networkMode": "host", "containerDefinitions": [
              {"name": "app", "image": "nginx", "memoryReservation": 64, "memory": 128, "cpu": 10,
               "entryPoint": ["sh"], "command": ["-c", "run"], "stopTimeout": 5,
               "portMappings": [{"containerPort": 53, "protocol": "udp"}],
               "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}],
               "ulimits": [{"name": "nofile", "softLimit": 10, "hardLimit": 20}]},
              {"name": "init", "image": "busybox", "memory": 6, "essential": false}]}
            """#)
        guard case .registerTaskDefinition(let request) = plane.submitted.first else {
            Issue.record("no command")
            return
        }
        #expect(
            request.containers == [
                ContainerDefinition(
                    name: "app", image: "nginx", cpu: 10, memory: 128, memoryReservation: 64,
                    entryPoint: ["sh"], command: ["-c", "run"],
                    portMappings: [PortMapping(containerPort: 53, hostPort: 53, transport: .udp)],
                    stopTimeout: 5,
                    dependsOn: [ContainerDependency(container: "init", condition: .success)],
                    ulimits: [Ulimit(name: "nofile", soft: 10, hard: 20)]),
                ContainerDefinition(name: "init", image: "busybox", memory: 6, essential: false),
            ])
        #expect(request.networkMode == .host)
        #expect(
            request.requiredAttributes == [
                Attribute(name: "ecs.capability.container-ordering"),
                Attribute(name: "muster.capability.ulimits"),
            ])
    }

    @Test(
        "need attributes for what a runtime may lack",
        arguments: [
            (#""privileged": true"#, "com.amazonaws.ecs.capability.privileged-container"),
            (
                #""logConfiguration": {"logDriver": "syslog"}"#,
                "com.amazonaws.ecs.capability.logging-driver.syslog"
            ),
            (
                #""secrets": [{"name": "A", "valueFrom": "arn:aws:secretsmanager:r:1:secret:a"}]"#,
                "ecs.capability.secrets.asm.environment-variables"
            ),
            (
                #""secrets": [{"name": "A", "valueFrom": "parameter"}]"#,
                "ecs.capability.secrets.ssm.environment-variables"
            ),
            (
                #""mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]"#,
                "muster.capability.volumes"
            ),
            (
                #""linuxParameters": {"initProcessEnabled": true}"#,
                "muster.capability.init-process"
            ),
            (
                #""firelensConfiguration": {"type": "fluentbit"}"#,
                "ecs.capability.firelens.fluentbit"
            ),
            (#""restartPolicy": {"enabled": true}"#, "ecs.capability.container-restart-policy"),
            (#""readonlyRootFilesystem": true"#, "muster.capability.readonly-root-filesystem"),
            (
                #""portMappings": [{"containerPortRange": "80-90"}]"#,
                "ecs.capability.container-port-range"
            ),
        ])
    func attributes(_ member: String, _ attribute: String) async throws {
        let answer = try await API(plane).call(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "volumes": [{"name": "v"}], "containerDefinitions": [
              {"name": "app", "image": "nginx", "memory": 64, \#(member)}]}
            """#)
        let names = value(answer, at: "taskDefinition.requiresAttributes") as? [[String: String]]
        #expect(names == [["name": attribute]])
    }

    @Test("for awsvpc and for Fargate need its network and say where they could run")
    func fargate() async throws {
        let answer = try await API(plane).call(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
             "cpu": "256", "memory": "512", "runtimePlatform": {"cpuArchitecture": "ARM64"},
             "containerDefinitions": [
               {"name": "app", "image": "nginx", "portMappings": [{"containerPort": 80}]}]}
            """#)
        #expect(
            value(answer, at: "taskDefinition.compatibilities") as? [String] == ["EC2", "FARGATE"])
        #expect(
            value(answer, at: "taskDefinition.requiresAttributes") as? [[String: String]] == [
                ["name": "ecs.capability.task-eni"],
                ["name": "ecs.cpu-architecture", "value": "arm64"],
            ])
        let ports = "taskDefinition.containerDefinitions.0.portMappings.0.hostPort"
        #expect(value(answer, at: ports) as? Int == 80)
    }

    @Test("that make no sense are refused in ECS's words", arguments: Refusal.table)
    func refusals(_ row: Refusal) async {
        let refusal = await API(plane).refusal("RegisterTaskDefinition", row.body)
        #expect(refusal?.code == row.code)
        #expect(
            refusal?.message.contains(row.fragment) == true, "\(refusal?.message ?? "accepted")")
    }

    @Test("over 64 KB are refused")
    func size() async {
        let value = String(repeating: "x", count: 66_000)
        let refusal = await API(plane).refusal(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "containerDefinitions": [
              {"name": "a", "image": "b", "memory": 6,
               "environment": [{"name": "A", "value": "\#(value)"}]}]}
            """#)
        #expect(refusal?.code == .client)
        #expect(refusal?.message.contains("Max allowed length is '65536'") == true)
    }

    @Test(
        "are not described or deregistered by a wrong name",
        arguments: [
            ("DescribeTaskDefinition", "gone", "Unable to describe task definition."),
            ("DescribeTaskDefinition", "web:9", "Unable to describe task definition."),
            ("DescribeTaskDefinition", "web:x", "Invalid revision number. Number: x"),
            ("DeregisterTaskDefinition", "web", "Revision is missing."),
            ("DeregisterTaskDefinition", "web:0", "Invalid revision number. Number: 0"),
        ])
    func names(_ operation: String, _ name: String, _ message: String) async {
        let refusal = await Fixture.api.refusal(operation, #"{"taskDefinition": "\#(name)"}"#)
        #expect(refusal == APIError(.client, message))
    }
}

/// One row of the table of definitions that are refused.
struct Refusal: Sendable, CustomTestStringConvertible {
    var body: String
    var code = APIError.Code.client
    var fragment: String

    var testDescription: String { fragment }

    /// A definition with one container that has these members beside a name, an image and memory.
    init(container: String, top: String = "", _ fragment: String) {
        self.init(
            containers: #"{"name": "app", "image": "nginx", "memory": 64, \#(container)}"#,
            top: top, fragment)
    }

    init(containers: String, top: String = "", _ fragment: String) {
        body = #"{"family": "web", \#(top) "containerDefinitions": [\#(containers)]}"#
        self.fragment = fragment
    }

    init(body: String, code: APIError.Code = .client, _ fragment: String) {
        self.body = body
        self.code = code
        self.fragment = fragment
    }

    private static let app = #"{"name": "app", "image": "nginx", "memory": 64}"#

    static let table: [Refusal] = identity + sizes + network + relations + times

    private static let identity = [
        Refusal(body: "{}", "Family should not be null or empty."),
        Refusal(body: #"{"family": "web"}"#, "Container list cannot be empty."),
        Refusal(containers: "", "Container list cannot be empty."),
        Refusal(
            body: #"{"family": "a b", "containerDefinitions": [\#(app)]}"#,
            "Family contains invalid characters."),
        Refusal(
            containers: #"{"image": "nginx", "memory": 64}"#,
            "Container.name should not be null or empty."),
        Refusal(
            containers: #"{"name": "a.b", "image": "nginx", "memory": 64}"#,
            "Container.name contains invalid characters"),
        Refusal(
            containers: #"{"name": "app", "memory": 64}"#,
            "Container.image should not be null or empty."),
        Refusal(containers: "\(app), \(app)", "Container.name should be unique"),
        Refusal(container: #""essential": false"#, "must be essential"),
        Refusal(
            containers: (0...10).map {
                #"{"name": "c\#($0)", "image": "nginx", "memory": 64}"#
            }.joined(separator: ","),
            "at most 10 containers"),
        Refusal(
            body: #"""
                {"family": "web", "containerDefinitions": [\#(app)],
                 "placementConstraints": [{"type": "memberOf", "expression": "x"}]}
                """#,
            code: .invalidParameter,
            "Invalid placement constraint expression 'x': at character 1: expected a subject"),
        Refusal(
            body: #"""
                {"family": "web", "containerDefinitions": [\#(app)],
                 "placementConstraints": [{"type": "distinctInstance"}]}
                """#,
            "Member must satisfy enum value set: [memberOf]"),
        Refusal(
            container: #""resourceRequirements": [{"type": "GPU", "value": "half"}]"#,
            "should be a whole number of GPUs, 1 or more; it is 'half'"),
    ]

    private static let sizes = [
        Refusal(
            containers: #"{"name": "app", "image": "nginx"}"#,
            "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' "
                + "must be specified."),
        Refusal(containers: #"{"name": "app", "image": "n", "memory": 5}"#, "at least 6 MiB"),
        Refusal(container: #""memoryReservation": 65"#, "must be greater than 'memoryReservation'"),
        Refusal(container: #""cpu": -1"#, "'cpu' must not be negative"),
        Refusal(
            container: #""linuxParameters": {"maxSwap": -1}"#, "'maxSwap' must not be negative"),
        Refusal(containers: app, top: #""memory": "32","#, "more than the task's memory of 32 MiB"),
        Refusal(
            container: #""cpu": 300"#, top: #""cpu": "256","#, "more than the task's cpu of 256"),
        Refusal(containers: app, top: #""cpu": "64","#, "Invalid 'cpu' setting for task."),
        Refusal(containers: app, top: #""memory": "lots","#, "Invalid 'memory' setting for task."),
        Refusal(
            container: #""ulimits": [{"name": "nofile", "softLimit": 9, "hardLimit": 1}]"#,
            "above its hard limit"),
        Refusal(
            containers: app, top: #""requiresCompatibilities": ["FARGATE"],"#,
            "Fargate only supports network mode 'awsvpc'."),
        Refusal(
            containers: app,
            top: #""requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc","#,
            "Fargate requires that 'cpu' be defined at the task level."),
        Refusal(
            containers: app,
            top: #"""
                "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
                "memory": "4096",
                """#,
            "No Fargate configuration exists for given values."),
    ]

    private static let network = [
        Refusal(
            container: #""portMappings": [{"hostPort": 1}]"#, "containerPort should be between"),
        Refusal(
            container: #""portMappings": [{"containerPort": 1, "hostPort": 70000}]"#,
            "hostPort should be between"),
        Refusal(
            container: #""portMappings": [{"containerPort": 80, "hostPort": 81}]"#,
            top: #""networkMode": "host","#,
            "When networkMode=host, the host ports and container ports in port mappings must match."
        ),
        Refusal(
            container: #""portMappings": [{"containerPort": 80}]"#, top: #""networkMode": "none","#,
            "not supported when networkMode=none"),
        Refusal(
            container: #"""
                "portMappings": [{"containerPort": 80}, {"containerPort": 80, "protocol": "udp"}]
                """#,
            "mapped once, for one protocol"),
        Refusal(
            container: #"""
                "portMappings": [
                  {"containerPort": 80, "hostPort": 1}, {"containerPort": 81, "hostPort": 1}]
                """#,
            "The host port 1/tcp is asked for more than once."),
        Refusal(
            container: #""hostname": "a""#, top: #""networkMode": "awsvpc","#,
            "hostname is not supported when networkMode=awsvpc"),
        Refusal(
            container: #""links": ["a"]"#, top: #""networkMode": "awsvpc","#,
            "links are not supported"),
        Refusal(
            container: #""logConfiguration": {"logDriver": "awslogs", "options": {}}"#,
            "Log driver awslogs requires options: awslogs-region, awslogs-group."),
        Refusal(container: #""environment": [{"name": "", "value": "x"}]"#, "must not be empty"),
    ]

    private static func waiting(_ condition: String, _ other: String) -> String {
        #"""
        {"name": "app", "image": "n", "memory": 6,
         "dependsOn": [{"containerName": "b", "condition": "\#(condition)"}]},
        {"name": "b", "image": "n", "memory": 6 \#(other)}
        """#
    }

    private static let relations = [
        Refusal(
            container: #""dependsOn": [{"containerName": "x", "condition": "START"}]"#,
            "dependsOn names 'x', which is no other container."),
        Refusal(
            container: #""dependsOn": [{"containerName": "app", "condition": "START"}]"#,
            "dependsOn names 'app'"),
        Refusal(
            containers: waiting("SUCCESS", ""),
            "can't be set on the essential container 'b'"),
        Refusal(containers: waiting("HEALTHY", ""), "needs a health check on container 'b'"),
        Refusal(
            containers: waiting(
                "START", #", "dependsOn": [{"containerName": "app", "condition": "START"}]"#),
            "depend on each other in a circle"),
        Refusal(
            container: #""mountPoints": [{"sourceVolume": "x", "containerPath": "/"}]"#,
            "Unknown volume 'x'."),
    ]

    private static let times = [
        Refusal(container: #""stopTimeout": -1"#, "'stopTimeout' must not be negative"),
        Refusal(
            container: #""healthCheck": {"command": ["ls"]}"#, "start with CMD or CMD-SHELL"),
        Refusal(
            container: #""healthCheck": {"command": ["CMD", "ls"], "interval": 1}"#,
            "interval should be between 5 and 300"),
        Refusal(
            container: #""restartPolicy": {"enabled": true, "restartAttemptPeriod": 1}"#,
            "between 60 and 1800"),
    ]
}

extension TaskDefinitionTests {
    private func registered(
        _ containers: String, volumes: String = "[]"
    ) async throws -> [Model.ContainerDefinition] {
        let plane = plane
        _ = try await API(plane).call(
            "RegisterTaskDefinition",
            #"{"family": "web", "volumes": \#(volumes), "containerDefinitions": [\#(containers)]}"#)
        guard case .registerTaskDefinition(let request) = plane.submitted.first else { return [] }
        return request.containers
    }

    @Test("tell workers where containers see volumes, those of other containers too")
    func mounts() async throws {
        let containers = try await registered(
            #"""
            {"name": "a", "image": "i", "memory": 6, "mountPoints": [
              {"sourceVolume": "own", "containerPath": "/own"},
              {"sourceVolume": "host", "containerPath": "/host", "readOnly": true}]},
            {"name": "b", "image": "i", "memory": 6,
             "mountPoints": [{"sourceVolume": "all", "containerPath": "/own"}],
             "volumesFrom": [{"sourceContainer": "a"}]},
            {"name": "c", "image": "i", "memory": 6,
             "volumesFrom": [{"sourceContainer": "b", "readOnly": true}]}
            """#,
            volumes: #"""
                [{"name": "own", "host": {}}, {"name": "host", "host": {"sourcePath": "/srv"}},
                 {"name": "all", "dockerVolumeConfiguration": {"scope": "shared"}}]
                """#)
        let own = Mount(volume: Volume(name: "own"), path: "/own")
        let host = Mount(
            volume: Volume(name: "host", kind: .host, hostPath: "/srv"), path: "/host",
            isReadOnly: true)
        var all = Mount(volume: Volume(name: "all", kind: .existing), path: "/own")
        #expect(containers.first?.setup?.mounts == [own, host])
        // Its own volume stands where the other's would.
        #expect(containers.dropFirst().first?.setup?.mounts == [all, host])
        all.isReadOnly = true
        #expect(containers.last?.setup?.mounts == [all, host])
    }

    @Test("tell workers what containers ask of their surroundings")
    func setup() async throws {
        let containers = try await registered(
            #"""
            {"name": "a", "image": "i", "memory": 6, "hostname": "h", "privileged": true,
             "readonlyRootFilesystem": true, "interactive": true, "pseudoTerminal": true,
             "dnsServers": ["10.0.0.2"], "dnsSearchDomains": ["d"],
             "extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.3"}],
             "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/a.env"}],
             "secrets": [{"name": "S", "valueFrom": "p"}], "dockerLabels": {"b": "2", "a": "1"},
             "dockerSecurityOptions": ["no-new-privileges:true"],
             "systemControls": [{"namespace": "net.core.somaxconn", "value": "9"}],
             "linuxParameters": {"maxSwap": 8, "capabilities": {"add": ["A"], "drop": ["ALL"]},
               "devices": [{"hostPath": "/dev/a"},
                 {"hostPath": "/dev/b", "containerPath": "/dev/c",
                  "permissions": ["read", "mknod"]}]}},
            {"name": "b", "image": "i", "memory": 6, "readonlyRootFilesystem": false}
            """#)
        #expect(
            containers.first?.setup
                == ContainerSetup(
                    environmentFiles: ["arn:aws:s3:::b/a.env"], secrets: [NamedValue("S", "p")],
                    hostname: "h", dnsServers: ["10.0.0.2"], dnsSearchDomains: ["d"],
                    extraHosts: [NamedValue("db", "10.0.0.3")], isPrivileged: true,
                    hasReadOnlyRoot: true, addedCapabilities: ["A"], droppedCapabilities: ["ALL"],
                    devices: [
                        Device(hostPath: "/dev/a", containerPath: "/dev/a"),
                        Device(hostPath: "/dev/b", containerPath: "/dev/c", permissions: "rm"),
                    ], swapMaximum: 8, systemControls: [NamedValue("net.core.somaxconn", "9")],
                    labels: [NamedValue("a", "1"), NamedValue("b", "2")], isInteractive: true,
                    hasTerminal: true, forbidsNewPrivileges: true))
        #expect(containers.last?.setup == nil)
    }

    @Test("can't mount more than one message to a worker holds")
    func muchMounted() async throws {
        let path = String(repeating: "p", count: 4_000)
        let mounts = (1...20).map { #"{"sourceVolume": "v", "containerPath": "/\#($0)"}"# }
        let refusal = await API(plane).refusal(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "volumes": [{"name": "v", "host": {"sourcePath": "/\#(path)"}}],
             "containerDefinitions": [{"name": "a", "image": "i", "memory": 6,
              "mountPoints": [\#(mounts.joined(separator: ", "))]}]}
            """#)
        #expect(refusal?.message.hasPrefix("The containers mount too much") == true)
    }

    @Test("can't have a secret by the name of a variable")
    func secretNames() async throws {
        let refusal = await API(plane).refusal(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "containerDefinitions": [{"name": "a", "image": "i", "memory": 6,
              "environment": [{"name": "S", "value": "x"}],
              "secrets": [{"name": "S", "valueFrom": "p"}]}]}
            """#)
        #expect(refusal?.message.hasPrefix("The secret name must be unique") == true)
    }
}
