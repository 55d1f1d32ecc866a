import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Ports {
        @Test func `host ports are chosen, told to all containers of the task, and reported`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let script = "echo $PORT $MUSTER_PORT_80 $MUSTER_PORT_81 $MUSTER_PORT_9000"
            let spec = TaskSpec.of(
                ContainerDefinition(
                    name: "web", image: "x", command: ["sh", "-c", script],
                    portMappings: [
                        PortMapping(containerPort: 80), PortMapping(containerPort: 81),
                    ]),
                ContainerDefinition(
                    name: "app", image: "x", command: ["sh", "-c", script],
                    environment: [.init(name: "PORT", value: "9000")],
                    portMappings: [
                        PortMapping(containerPort: 9000), PortMapping(containerPort: 80),
                    ]))
            try await agent.runtime.prepare(spec)
            var ports: [String: [Int]] = [:]
            for name in ["web", "app"] {
                let key = ContainerKey(task: spec.id, name: name)
                ports[name] = try await agent.runtime.start(key).networkBindings.map(\.hostPort)
                _ = try await agent.exit(of: key)
            }
            let web = try #require(ports["web"])
            let app = try #require(ports["app"])
            #expect(Set(web + app).count == 4)
            let webKey = ContainerKey(task: spec.id, name: "web")
            let appKey = ContainerKey(task: spec.id, name: "app")
            #expect(try fixture.output(webKey) == "\(web[0]) \(web[0]) \(web[1]) \(app[0])\n")
            #expect(try fixture.output(appKey) == "\(app[0]) \(app[1]) \(web[1]) \(app[0])\n")
        }

        @Test func `workers on one machine never hand out one port twice`() async throws {
            let one = try Fixture()
            let two = try Fixture()
            let agents = [try await one.agent(), try await two.agent()]
            var ports: [Int] = []
            for _ in 0..<10 {
                for agent in agents {
                    let spec = TaskSpec.shell(
                        "while :; do sleep 1; done", ports: [PortMapping(containerPort: 80)])
                    ports += try await agent.run(spec).networkBindings.map(\.hostPort)
                }
            }
            #expect(Set(ports).count == 20)
        }

        @Test func `a fixed port that is taken is refused, by program or by task`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let (listener, port) = try listen()
            let spec = TaskSpec.shell(
                "exit 0", ports: [PortMapping(containerPort: 80, hostPort: port)])
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.prepare(spec)
            }
            #expect(error?.name == "CannotStartContainerError")
            #expect(error?.message.contains("\(port)") == true)
            close(listener)

            try await agent.runtime.prepare(spec)
            let next = TaskSpec.shell(
                "exit 0", ports: [PortMapping(containerPort: 80, hostPort: port)])
            await #expect(throws: RuntimeError.self) { try await agent.runtime.prepare(next) }
            // It is free again with the container's end, before the task is removed.
            _ = try await agent.runtime.start(spec.key)
            _ = try await agent.exit(of: spec.key)
            try await agent.runtime.prepare(next)
        }

        /// A socket that listens on a port of the kernel's choice.
        private func listen() throws -> (Int32, Int) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                    guard bind(descriptor, name, size) == 0, Glibc.listen(descriptor, 1) == 0,
                        getsockname(descriptor, name, &size) == 0
                    else { return 0 }
                    return Int(UInt16(bigEndian: pointer.pointee.sin_port))
                }
            }
            try #require(port > 0)
            return (descriptor, port)
        }
    }
}
