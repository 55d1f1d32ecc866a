import Model
import Testing
import Worker

@Suite("A worker's configuration")
struct ConfigurationTests {
    private func configuration(
        _ change: (inout WorkerConfiguration) -> Void
    ) -> WorkerConfiguration {
        var configuration = WorkerConfiguration(
            name: "worker-1", managers: ["127.0.0.1:7070", "[::1]:7070", "manager.example:1"],
            dataFolder: "/nowhere")
        change(&configuration)
        return configuration
    }

    @Test("The host's own resources are the default")
    func defaults() throws {
        let configuration = configuration { _ in }
        try configuration.validate()
        #expect(configuration.resources.cpu >= 1_024)
        #expect(configuration.resources.cpu.isMultiple(of: 1_024))
        #expect(configuration.resources.memory > 100)
        #expect(configuration.resources.tcpPorts.contains(22))
        #expect(configuration.cluster == "default")
        let whole = HostResources.offered().memory
        #expect(HostResources.offered(reservedMemory: 64).memory == whole - 64)
    }

    @Test(
        "A wrong manager address is named",
        arguments: ["localhost", "localhost:", ":7070", "host:0", "host:65536", "::1:7070", "h:x"])
    func managers(address: String) {
        let error = #expect(throws: WorkerError.self) {
            try configuration { $0.managers = [address] }.validate()
        }
        #expect(error?.message.contains("\"\(address)\"") == true)
    }

    @Test(
        "Wrong settings are refused with a sentence",
        arguments: [
            { $0.name = "" }, { $0.managers = [] }, { $0.resources.cpu = 0 },
            { $0.resources.memory = -1 },
            { $0.attributes = [Attribute(name: "rack number", value: "1")] },
            { $0.attributes = [Attribute(name: "rack", value: " 1")] },
            { $0.attributes = (0...10).map { Attribute(name: "a\($0)", value: "1") } },
        ] as [@Sendable (inout WorkerConfiguration) -> Void])
    func refused(change: @Sendable (inout WorkerConfiguration) -> Void) {
        #expect(throws: WorkerError.self) { try configuration(change).validate() }
    }

    @Test("Attributes take what ECS takes")
    func attributes() throws {
        let attributes = [
            Attribute(name: "rack/a\\b.c_d-e", value: "row 1: left@north"), Attribute(name: "ssd"),
        ]
        try configuration { $0.attributes = attributes }.validate()
    }
}
