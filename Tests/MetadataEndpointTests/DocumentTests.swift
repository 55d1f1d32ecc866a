import FoundationEssentials
import Model
import Testing

@testable import MetadataEndpoint

/// A task of two containers on a host of its own.
func knownTask() -> KnownTask {
    let id = TaskID(high: 1, low: 2)
    let spec = TaskSpec(
        id: id, arn: "arn:aws:ecs:eu-west-1:000000000000:task/prod/\(id)", cluster: "prod",
        family: "web", revision: 7, group: "service:front",
        containers: [
            ContainerDefinition(name: "web", image: "nginx", cpu: 256, memory: 64),
            ContainerDefinition(name: "side", image: "busybox"),
        ],
        containerIDs: [ContainerID(high: 3, low: 1), ContainerID(high: 3, low: 2)], cpu: 512,
        memory: 128, networkMode: .awsvpc)
    let report = TaskReport(
        task: id, status: .running,
        containers: [
            ContainerReport(
                name: "web", status: .running, runtimeID: "abc",
                networkBindings: [NetworkBinding(containerPort: 80, hostPort: 40_080)],
                imageDigest: "sha256:1", address: "10.1.2.3"),
            ContainerReport(name: "side", status: .stopped, exitCode: 3, runtimeID: "def"),
        ],
        pullStartedAt: WallTime(milliseconds: 0),
        pullStoppedAt: WallTime(milliseconds: 1_500))
    return KnownTask(
        spec: spec, report: report,
        times: [
            "web": .init(startedAt: WallTime(milliseconds: 2_000)),
            "side": .init(
                startedAt: WallTime(milliseconds: 2_000),
                finishedAt: WallTime(milliseconds: 3_000)),
        ])
}

let host = HostFacts(availabilityZone: "eu-west-1a", cores: 2, memory: 8 << 30)

/// A document's members, as text where they are not plain.
func members(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

@Suite("Documents of the task metadata endpoint")
struct DocumentTests {
    @Test("A container's has the members of ECS's for EC2")
    func container() throws {
        let task = knownTask()
        let text = try members(ContainerDocument(task.spec.containers[0], of: task))
        let id = task.spec.id
        #expect(
            text == """
                {"ContainerARN":"arn:aws:ecs:eu-west-1:000000000000:container/prod/\(id)/\
                \(task.spec.containerIDs[0].dashed)","CreatedAt":"1970-01-01T00:00:02.000Z",\
                "DesiredStatus":"RUNNING","DockerId":"abc","DockerName":"ecs-web-7-web-\
                \(task.spec.containerIDs[0])","Image":"nginx","ImageID":"sha256:1",\
                "KnownStatus":"RUNNING","Labels":{"com.amazonaws.ecs.cluster":"prod",\
                "com.amazonaws.ecs.container-name":"web","com.amazonaws.ecs.task-arn":\
                "\(task.spec.arn)","com.amazonaws.ecs.task-definition-family":"web",\
                "com.amazonaws.ecs.task-definition-version":"7"},"Limits":{"CPU":256,\
                "Memory":64},"Name":"web","Networks":[{"AttachmentIndex":0,"IPv4Addresses":\
                ["10.1.2.3"],"NetworkMode":"awsvpc"}],"Ports":[{"ContainerPort":80,\
                "HostIp":"0.0.0.0","HostPort":40080,"Protocol":"tcp"}],\
                "StartedAt":"1970-01-01T00:00:02.000Z","Type":"NORMAL"}
                """)
        let side = try members(ContainerDocument(task.spec.containers[1], of: task))
        #expect(side.contains(#""KnownStatus":"STOPPED""#) && side.contains(#""ExitCode":3"#))
        #expect(side.contains(#""FinishedAt":"1970-01-01T00:00:03.000Z""#))
    }

    @Test("A task's has its containers, limits in cores, and its service")
    func task() throws {
        let text = try members(TaskDocument(knownTask(), on: host))
        for part in [
            #""Cluster":"prod""#, #""Family":"web""#, #""Revision":"7""#,
            #""ServiceName":"front""#, #""Limits":{"CPU":0.5,"Memory":128}"#,
            #""AvailabilityZone":"eu-west-1a""#, #""LaunchType":"EC2""#,
            #""KnownStatus":"RUNNING""#, #""PullStoppedAt":"1970-01-01T00:00:01.500Z""#,
            #""Name":"web""#, #""Name":"side""#,
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        #expect(!text.contains("Errors"))
        let tagged = try members(TaskDocument(knownTask(), on: host, withTags: true))
        #expect(tagged.contains(#""ErrorField":"TaskTags""#))
    }

    @Test("Statistics have Docker's form, and rates where there is a network")
    func stats() throws {
        let task = knownTask()
        let container = ContainerDocument(task.spec.containers[0], of: task)
        let earlier = UsageSample(
            at: WallTime(milliseconds: 1_000), cpuTime: 100, hostCPUTime: 1_000, memory: 5,
            received: 1_000, sent: 0)
        let newest = UsageSample(
            at: WallTime(milliseconds: 3_000), cpuTime: 300, hostCPUTime: 2_000, memory: 6,
            memoryLimit: 64, received: 3_000, sent: 10, processes: 4)
        let text = try members(
            StatsDocument(newest, earlier: earlier, of: container, on: host))
        for part in [
            #""cpu_stats":{"cpu_usage":{"total_usage":300,"#, #""system_cpu_usage":2000"#,
            #""precpu_stats":{"cpu_usage":{"total_usage":100,"#, #""online_cpus":2"#,
            #""memory_stats":{"limit":64,"stats":{},"usage":6}"#,
            #""networks":{"eth0":{"rx_bytes":3000,"tx_bytes":10}}"#,
            #""network_rate_stats":{"rx_bytes_per_sec":1000,"tx_bytes_per_sec":5}"#,
            #""pids_stats":{"current":4}"#, #""read":"1970-01-01T00:00:03.000Z""#,
            #""id":"abc""#,
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        let alone = try members(StatsDocument(newest, earlier: nil, of: container, on: host))
        #expect(alone.contains(#""preread":"0001-01-01T00:00:00Z""#))
    }

    @Test(
        "A request for protection is read as ECS's agent reads it",
        arguments: [
            (#"{"ProtectionEnabled":true,"ExpiresInMinutes":60}"#, "true 60"),
            (#"{"protectionenabled":false}"#, "false -"),
            (#"{"ProtectionEnabled":true,"ExpiresInMinutes":null}"#, "true -"),
            (#"{"ExpiresInMinutes":60}"#, "does not contain 'ProtectionEnabled'"),
            (#"{"ProtectionEnabled":true,"Other":1}"#, "failed to decode"),
            (#"{"ProtectionEnabled":"yes"}"#, "failed to decode"),
            (#"{"ProtectionEnabled":true,"ExpiresInMinutes":1.5}"#, "failed to decode"),
            ("", "failed to decode"), ("[]", "failed to decode"),
        ])
    func protection(body: String, expected: String) {
        let read: String
        do throws(ProtectionRequest.Mistake) {
            let change = try ProtectionRequest(Array(body.utf8)).change
            read = "\(change.isEnabled) \(change.minutes.map { String($0) } ?? "-")"
        } catch {
            read = error.text
        }
        #expect(read.contains(expected))
    }
}

@Suite("Paths and bounds of the task metadata endpoint")
struct RouteTests {
    @Test(
        "A path names what is asked for and by whom",
        arguments: [
            ("/v4/a", Route.container), ("/v4/a/", .container), ("/v4/a/task", .task),
            ("/v4/a/task?x=1", .task), ("/v4/a/taskWithTags", .taskWithTags),
            ("/v4/a/stats", .stats), ("/v4/a/task/stats", .taskStats),
            ("/api/a/task-protection/v1/state", .protection),
            ("/", nil), ("", nil), ("v4/a", nil), ("/v4", nil), ("/v3/a", nil),
            ("/v4/a/task/x", nil), ("/api/a", nil), ("/v4/a//task", nil),
        ] as [(String, Route?)])
    func paths(path: String, route: Route?) {
        #expect(Route.find(path)?.route == route)
        if route != nil { #expect(Route.find(path)?.id == "a") }
    }

    @Test("Only protection takes a PUT")
    func methods() {
        #expect(Route.task.takes("GET") && Route.task.takes("HEAD") && !Route.task.takes("PUT"))
        #expect(Route.protection.takes("PUT") && !Route.protection.takes("POST"))
    }

    @Test("A container may ask 60 times at once, and 40 times a second")
    func allowance() {
        var allowance = RequestAllowance()
        let now = Instant(milliseconds: 0)
        let first = (0..<100).filter { _ in allowance.take("a", at: now) }.count
        #expect(first == 60)
        let other = allowance.take("b", at: now)
        #expect(other, "others have their own")
        let later = Instant(milliseconds: 1_000)
        let second = (0..<100).filter { _ in allowance.take("a", at: later) }.count
        #expect(second == 40)
    }

    @Test("What is remembered of containers is bounded")
    func entries() {
        var allowance = RequestAllowance()
        let now = Instant(milliseconds: 0)
        let taken = (0..<RequestAllowance.entriesMaximum).filter {
            allowance.take("\($0)", at: now)
        }
        #expect(taken.count == RequestAllowance.entriesMaximum)
        let tooMany = allowance.take("one more", at: now)
        let later = allowance.take("one more", at: Instant(milliseconds: 1_000))
        #expect(!tooMany && later)
    }

    @Test("An id is that of one container, and comes back from the key's text")
    func keys() throws {
        let key = EndpointKey.new(port: 20_001)
        let task = TaskID(high: 1, low: 2)
        let id = key.id(of: "web", in: task)
        #expect(EndpointKey.task(of: id) == task)
        #expect(key.isID(id, of: "web", in: task))
        #expect(!key.isID(id, of: "side", in: task))
        #expect(!key.isID(id, of: "web", in: TaskID(high: 1, low: 3)))
        #expect(!EndpointKey.new(port: 1).isID(id, of: "web", in: task))
        #expect(EndpointKey(key.text) == key)
        #expect(EndpointKey("") == nil && EndpointKey(key.text + "x") == nil)
        #expect(EndpointKey(key.text.replacing("20001", with: "0")) == nil)
    }
}
