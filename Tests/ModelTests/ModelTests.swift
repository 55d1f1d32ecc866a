import Foundation
import Model
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    @Test("are written as 32 digits, or dashed as a UUID, and read back from both")
    func text() {
        let id = TaskID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        #expect(id.description == "0123456789abcdeffedcba9876543210")
        #expect(id.dashed == "01234567-89ab-cdef-fedc-ba9876543210")
        #expect(TaskID(id.description) == id)
        #expect(TaskID(id.dashed.uppercased()) == id)
    }

    @Test(
        "are not read from anything else",
        arguments: [
            "", "0", String(repeating: "0", count: 31), String(repeating: "0", count: 33),
            String(repeating: "g", count: 32), "-" + String(repeating: "0", count: 32),
            String(repeating: "0", count: 31) + "é",
        ])
    func nonsense(text: String) {
        #expect(TaskID(text) == nil)
    }

    @Test("sort as their digits do")
    func order() {
        let ids = [TaskID(high: 1, low: 0), TaskID(high: 0, low: 2), TaskID(high: 0, low: 1)]
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    }

    @Test("of deployments have 19 digits")
    func deployments() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<1_000 {
            #expect(
                "\(DeploymentID(number: random.nineteenDigits()))".count == "ecs-svc/".count + 19)
        }
    }
}

@Suite("Randomness")
struct RandomTests {
    @Test("is the same from the same seed, and the published sequence of SplitMix64")
    func sequence() {
        var random = SeededRandom(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}

@Suite("Statuses")
struct StatusTests {
    @Test("go in ECS's order")
    func order() {
        #expect(
            TaskStatus.allCases.sorted().map(\.name) == [
                "PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING",
                "DEPROVISIONING", "STOPPED",
            ])
        #expect(ContainerStatus.pending < .running && ContainerStatus.running < .stopped)
    }
}

@Suite("Clusters")
struct ClusterTests {
    @Test(
        "fail over as their last setting says, else as Muster does",
        arguments: [
            ([], Cluster.Failover.muster), (["aws"], .aws), (["aws", "muster"], .muster),
            (["nonsense"], .muster),
        ])
    func failover(values: [String], expected: Cluster.Failover) {
        let cluster = Cluster(
            id: ClusterID(high: 0, low: 0), region: "r", name: "c",
            settings: values.map { .init(name: Cluster.failoverSetting, value: $0) },
            createdAt: WallTime(milliseconds: 0))
        #expect(cluster.failover == expected)
    }
}

@Suite("ARNs")
struct ARNTests {
    @Test("have the long format")
    func format() {
        let arns = ARNs(account: "123456789012")
        let cluster = Cluster(
            id: ClusterID(high: 0, low: 0), region: "eu-west-1", name: "prod",
            createdAt: WallTime(milliseconds: 0))
        let zeros = String(repeating: "0", count: 32)
        let base = "arn:aws:ecs:eu-west-1:123456789012:"
        #expect(arns.cluster(cluster) == base + "cluster/prod")
        #expect(arns.service("web", in: cluster) == base + "service/prod/web")
        #expect(arns.task(TaskID(high: 0, low: 0), in: cluster) == base + "task/prod/" + zeros)
        #expect(
            arns.instance(InstanceID(high: 0, low: 0), in: cluster)
                == base + "container-instance/prod/" + zeros)
        let key = TaskDefinitionKey(region: "eu-west-1", family: "web", revision: 3)
        #expect(arns.taskDefinition(key) == base + "task-definition/web:3")
    }
}

@Suite("What is kept")
struct CodingTests {
    @Test("comes back as it was")
    func task() throws {
        var task = ECSTask(
            id: TaskID(high: 1, low: 2), instance: InstanceID(high: 5, low: 6),
            origin: Shared(
                TaskOrigin(
                    cluster: ClusterID(high: 3, low: 4),
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                    group: "g", reserved: Resources(cpu: 1, memory: 2, tcpPorts: [80]),
                    wish: PlacementWish(constraints: [.distinctInstance], strategies: [.random]))),
            containers: [
                Container(id: ContainerID(high: 7, low: 8), name: "app", image: "i", cpu: 1)
            ], createdAt: WallTime(milliseconds: 9))
        task.lastStatus = .running
        task.stopCode = .userInitiated
        let data = try JSONEncoder().encode(task)
        #expect(try JSONDecoder().decode(ECSTask.self, from: data) == task)
    }

    @Test("Times are counted in milliseconds")
    func time() {
        #expect(Duration.milliseconds(1_500).milliseconds == 1_500)
        #expect(Duration.seconds(-2).milliseconds == -2_000)
        let start = Instant(milliseconds: 10)
        #expect(start + .seconds(1) - start == .seconds(1))
        #expect(Instant.zero < start)
    }
}
