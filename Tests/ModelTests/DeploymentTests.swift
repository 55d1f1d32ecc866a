import Foundation
import Model
import Testing

@Suite("Deployments on disk and in names")
struct DeploymentTests {
    @Test("A service from a journal before circuit breakers and DAEMON has neither")
    func olderService() throws {
        let empty = String(decoding: try JSONEncoder().encode(Document.empty), as: UTF8.self)
        let old = """
            {"id":"00000000000000010000000000000002","cluster":"00000000000000010000000000000003",
             "name":"web","status":"ACTIVE","desiredCount":2,
             "deploymentConfiguration":{"minimumHealthyPercent":50,"maximumPercent":150},
             "placementConstraints":[],"placementStrategy":[],"launchType":"EC2",
             "deployments":[{"id":7,"taskDefinition":
               {"region":"r","family":"web","revision":1},"rolloutState":"COMPLETED",
               "rolloutStateReason":"","failedTasks":0,"createdAt":1,"updatedAt":2}],
             "enableManagedTags":false,"propagateTags":"NONE","tags":[],"createdAt":3,
             "document":\(empty)}
            """
        let service = try JSONDecoder().decode(Service.self, from: Data(old.utf8))
        #expect(service.schedulingStrategy == .replica)
        #expect(service.deploymentConfiguration.circuitBreaker == CircuitBreakerSettings())
        #expect(service.deployments[0].tally == DeploymentTally())
        #expect(service.deployments[0].serviceDeployment == nil && service.lastCompleted == nil)
    }

    @Test("and one of today comes back as it was")
    func roundTrip() throws {
        var deployment = Deployment(
            id: DeploymentID(number: 7),
            taskDefinition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
            serviceDeployment: ServiceDeploymentID(high: 1, low: 2),
            createdAt: WallTime(milliseconds: 1), updatedAt: WallTime(milliseconds: 2))
        deployment.tally.held = 4
        deployment.tally.hasRun = true
        let service = Service(
            id: ServiceID(high: 1, low: 1), cluster: ClusterID(high: 1, low: 2), name: "web",
            desiredCount: 0,
            deploymentConfiguration: .init(circuitBreaker: .init(enable: true, rollback: true)),
            schedulingStrategy: .daemon, deployments: [deployment], lastCompleted: deployment.id,
            createdAt: WallTime(milliseconds: 3))
        let data = try JSONEncoder().encode(service)
        #expect(try JSONDecoder().decode(Service.self, from: data) == service)
    }

    @Test("The short form of an id is 21 characters and leads back to it", arguments: 1...100)
    func short(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let id = ServiceDeploymentID(high: random.next(), low: random.next()).shortened
        #expect(id.short.count == 21 && ServiceDeploymentID(short: id.short) == id)
    }

    @Test(
        "Anything else is no short form",
        arguments: ["", "AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAAAAA"])
    func notShort(text: String) {
        #expect(ServiceDeploymentID(short: text) == nil)
    }
}
