import APIServer
import ClusterState
import Hummingbird
import HummingbirdTesting
import Metrics
import Model
import Telemetry
import Testing

@Suite("Metrics over HTTP")
struct MetricsTests {
    private let metrics = PrometheusMetrics()

    private func check(_ client: any TestClientProtocol) async throws {
        Counter(label: "muster_rpc_defences_total", dimensions: [("kind", "x")], factory: metrics)
            .increment()
        let answer = try await client.execute(uri: "/metrics", method: .get)
        #expect(answer.status == .ok)
        #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.text.contains("\nmuster_rpc_defences_total{kind=\"x\"} 1\n"))
        #expect(answer.text.contains("# HELP muster_rpc_defences_total "))
        #expect(answer.text.contains("# TYPE process_resident_memory_bytes gauge\n"))
        let health = try await client.execute(uri: "/healthz", method: .get)
        #expect(health.text == "ok\n")
    }

    @Test("The API's listener shows the metrics of its process")
    func besideTheAPI() async throws {
        try await server(metrics: metrics).test(.live) { try await check($0) }
    }

    @Test("A manager shows how its workers are and what their containers use, now")
    func usage() async throws {
        let instance = ContainerInstance(
            id: InstanceID(high: 2, low: 1), cluster: TestPlane.cluster.id, name: "worker-1",
            registered: Resources(cpu: 2_048, memory: 4_096), registeredAt: TestPlane.noon)
        var task = ECSTask(
            id: TaskID(high: 3, low: 1), instance: instance.id,
            origin: Shared(
                TaskOrigin(
                    cluster: TestPlane.cluster.id,
                    definition: TaskDefinitionKey(region: "us-east-1", family: "f", revision: 1),
                    group: "family:f", reserved: Resources(cpu: 512, memory: 64))),
            containers: [], createdAt: TestPlane.noon)
        task.lastStatus = .running
        var book = UsageBook()
        book.take(
            UsageReport(
                session: SessionID(high: 1, low: 1), number: 1,
                containers: [
                    ContainerUsage(task: task.id, container: "a", cpu: 250_000, memory: 1_024)
                ],
                health: InstanceHealth(disk: InstanceHealth.Finding(fault: "full"))),
            of: instance.id, at: Moment(monotonic: .zero, wall: TestPlane.noon))
        let plane = TestPlane(
            [.cluster(TestPlane.cluster), .instance(instance), .task(task)],
            usage: UsageReading(book, at: .zero))
        try await server(plane, metrics: metrics).test(.live) { client in
            let answer = try await client.execute(uri: "/metrics", method: .get)
            let labels = #"{cluster="default",instance="worker-1",region="us-east-1"}"#
            #expect(answer.text.contains("\nmuster_instance_cpu_cores\(labels) 0.25\n"))
            #expect(answer.text.contains("\nmuster_instance_memory_bytes\(labels) 1024\n"))
            #expect(answer.text.contains("\nmuster_instance_impaired\(labels) 1\n"))
            #expect(!answer.text.contains("muster_service_cpu"))
            // From then on who can't sign is told no names.
            plane.put(.accessKey(Keeper.full))
            let later = try await client.execute(uri: "/metrics", method: .get)
            #expect(later.status == .ok && !later.text.contains("worker-1"))
        }
    }

    @Test("A node without an API shows its metrics, and nothing else")
    func alone() async throws {
        let alone = MetricsServer(host: "127.0.0.1", port: 0, metrics: metrics, logger: quiet)
        try await alone.application().test(.live) { client in
            try await check(client)
            let other = try await client.execute(uri: "/", method: .get)
            #expect(other.status == .notFound)
        }
    }

    @Test("A scrape of many series is answered whole")
    func large() async throws {
        for name in 0..<200 {
            for kind in 0..<50 {
                Counter(
                    label: "test_\(name)", dimensions: [("kind", "\(kind)")], factory: metrics
                ).increment()
            }
        }
        try await server(metrics: metrics).test(.live) { client in
            let answer = try await client.execute(uri: "/metrics", method: .get)
            #expect(answer.text.contains("\ntest_199{kind=\"49\"} 1\n"))
            #expect(answer.text.split(separator: "\n").count > 10_000)
        }
    }
}
