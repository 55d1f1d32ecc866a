import Identity
import Model
import NIOSSL

/// Who a worker of the fleet is, before it connects.
struct FleetMember: Sendable {
    let name: String
    let cluster: String
    /// With its certificate; `nil` without TLS.
    let tls: NIOSSLContext?

    /// The agent's id, another for each worker.
    static func agent(_ number: Int) -> AgentID {
        AgentID(high: 0xBE7C, low: UInt64(number) + 1)
    }

    /// As a worker of the process runtime registers.
    func registration(_ number: Int) -> Registration {
        Registration(
            name: name, cluster: cluster, agent: Self.agent(number),
            resources: Resources(cpu: 1_024, memory: 1_024),
            attributes: [
                Attribute(name: "ecs.os-type", value: "linux"),
                Attribute(name: "ecs.cpu-architecture", value: "x86_64"),
                Attribute(name: "ecs.availability-zone", value: "us-east-1a"),
            ], agentVersion: "bench")
    }
}
