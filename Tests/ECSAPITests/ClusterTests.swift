import ClusterState
import Foundation
import Model
import Testing

@Suite("Clusters")
struct ClusterTests {
    @Test("are created with their settings and tags, and shown as ECS shows them")
    func create() async throws {
        let plane = FakeControlPlane { command, state in
            guard case .createCluster(let request) = command else { return .done }
            let cluster = Cluster(
                id: Fixture.cluster.id, region: request.cluster.region, name: request.cluster.name,
                settings: request.settings, tags: request.tags, createdAt: .noon,
                document: request.document)
            state.put(.cluster(cluster))
            return .cluster(cluster)
        }
        let answer = try await API(plane).call(
            "CreateCluster",
            #"""
            {"clusterName": "prod", "tags": [{"key": "a", "value": "b"}],
             "settings": [{"name": "muster:failover", "value": "aws"}]}
            """#)
        #expect(
            answer
                == canonical(
                    #"""
                    {"cluster": {"clusterArn": "\#(Fixture.arns)cluster/prod",
                      "clusterName": "prod", "status": "ACTIVE",
                      "registeredContainerInstancesCount": 0, "runningTasksCount": 0,
                      "pendingTasksCount": 0, "activeServicesCount": 0, "statistics": [],
                      "tags": [{"key": "a", "value": "b"}],
                      "settings": [{"name": "containerInsights", "value": "disabled"},
                                   {"name": "muster:failover", "value": "aws"}],
                      "capacityProviders": [], "defaultCapacityProviderStrategy": []}}
                    """#))
    }

    @Test("are called default when the request gives no name")
    func standardName() async {
        let plane = FakeControlPlane { _, _ throws(APIError) in
            .cluster(Fixture.cluster)
        }
        _ = await API(plane).refusal("CreateCluster", #"{"clusterName": ""}"#)
        guard case .createCluster(let request) = plane.submitted.first else {
            Issue.record("no command")
            return
        }
        #expect(request.cluster == ClusterReference(region: "us-east-1", name: "default"))
    }

    @Test(
        "refuse what can't be honoured",
        arguments: [
            (#"{"clusterName": "a b"}"#, APIError.Code.invalidParameter, "Invalid cluster name"),
            (#"{"capacityProviders": ["FARGATE"]}"#, .unsupportedFeature, "no capacity provider"),
            (
                #"{"settings": [{"name": "muster:novelty", "value": "x"}]}"#, .invalidParameter,
                "containerInsights,muster:failover"
            ),
            (
                #"{"settings": [{"name": "muster:failover", "value": "x"}]}"#, .invalidParameter,
                "muster:failover should be one of [muster,aws]"
            ),
            (
                #"{"tags": [{"key": "aws:x", "value": "y"}]}"#, .invalidParameter,
                "reserved for AWS"
            ),
            (
                #"{"tags": [{"key": "x"}, {"key": "x"}]}"#, .invalidParameter, "Duplicate tag keys"
            ),
            (#"{"tags": [{"key": "x;"}]}"#, .invalidParameter, "regular expression pattern"),
        ])
    func refusals(_ body: String, _ code: APIError.Code, _ fragment: String) async {
        let refusal = await API().refusal("CreateCluster", body)
        #expect(refusal?.code == code)
        #expect(refusal?.message.contains(fragment) == true, "\(refusal?.message ?? "")")
    }

    @Test("are described with their counts; those that are missing are failures")
    func describe() async throws {
        let answer = try await Fixture.api.call(
            "DescribeClusters", #"{"clusters": ["default", "gone"], "include": ["TAGS"]}"#)
        #expect(
            answer
                == canonical(
                    #"""
                    {"clusters": [{"clusterArn": "\#(Fixture.arns)cluster/default",
                      "clusterName": "default", "status": "ACTIVE",
                      "registeredContainerInstancesCount": 1, "runningTasksCount": 1,
                      "pendingTasksCount": 0, "activeServicesCount": 1, "statistics": [],
                      "tags": [{"key": "team", "value": "red"}], "settings": [],
                      "capacityProviders": [], "defaultCapacityProviderStrategy": []}],
                     "failures": [{"arn": "\#(Fixture.arns)cluster/gone", "reason": "MISSING"}]}
                    """#))
    }

    @Test("that are INACTIVE are still described but no longer listed")
    func inactive() async throws {
        var cluster = Fixture.cluster
        cluster.status = .inactive
        let api = API(.cluster(cluster))
        let described = try await api.call("DescribeClusters")
        #expect(value(described, at: "clusters.0.status") as? String == "INACTIVE")
        #expect(try await api.call("ListClusters") == canonical(#"{"clusterArns": []}"#))
        #expect(
            await api.refusal("ListTasks")
                == APIError(.clusterNotFound, "The referenced cluster was inactive."))
    }

    @Test("are updated in what a request names; an empty namespace is no wish")
    func update() async throws {
        let plane = FakeControlPlane { command, _ throws(APIError) in
            guard case .updateCluster(let request) = command else { return .done }
            var cluster = Fixture.cluster
            cluster.settings = request.settings
            cluster.document = request.document ?? .empty
            return .cluster(cluster)
        }
        let answer = try await API(plane).call(
            "UpdateCluster",
            #"""
            {"cluster": "default", "settings": [{"name": "containerInsights", "value": "enabled"}],
             "configuration": {"executeCommandConfiguration": {"logging": "DEFAULT"}},
             "serviceConnectDefaults": {"namespace": ""}}
            """#)
        #expect(value(answer, at: "cluster.settings.0.value") as? String == "enabled")
        let logging = "cluster.configuration.executeCommandConfiguration.logging"
        #expect(value(answer, at: logging) as? String == "DEFAULT")
        let settings = try await API(plane).call(
            "UpdateClusterSettings",
            #"""
            {"cluster": "default", "settings": [{"name": "muster:failover", "value": "aws"}]}
            """#)
        #expect(value(settings, at: "cluster.settings.1.value") as? String == "aws")
        for (body, part) in [
            (#"{"cluster": "default", "settings": []}"#, "settings cannot be empty"),
            (#"{"settings": [{"name": "containerInsights", "value": "on"}]}"#, "'cluster'"),
            (
                #"{"cluster": "default", "settings": [{"name": "containerInsights"}]}"#,
                "containerInsights should be one of"
            ),
        ] {
            let error = await API(plane).refusal("UpdateClusterSettings", body)
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
        }
        let connect = await API(plane).refusal(
            "UpdateCluster",
            #"{"cluster": "default", "serviceConnectDefaults": {"namespace": "a"}}"#)
        #expect(connect?.code == .unsupportedFeature)
    }
}
