import CRI
import FoundationEssentials
import Glibc
import Model
import RPC
import Runtimes
import Synchronization
import Testing

// What a container asks of its surroundings.
extension RuntimesTests.Containerd {
    private func mount(_ volume: Volume, _ path: String, isReadOnly: Bool = false) -> Mount {
        Mount(volume: volume, path: path, isReadOnly: isReadOnly)
    }

    private func prepared(
        _ setup: ContainerSetup, mode: NetworkMode? = nil
    ) async throws -> (stage: ContainerdStage, spec: TaskSpec, made: ContainerConfig) {
        let stage = try await ContainerdStage()
        var spec = TaskSpec.shell("true") { $0.setup = setup }
        spec.networkMode = mode
        try await stage.agent().run(spec)
        return (stage, spec, try #require(stage.containerd.container("main")?.value.config))
    }

    private func sandbox(_ stage: ContainerdStage) throws -> SandboxConfig {
        try #require(stage.containerd.state.withLock { $0.sandboxes.values.first?.config })
    }

    private func mode(_ path: String) -> mode_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode & 0o777 : nil
    }

    @Test func `volumes are folders of the host, of the task and of the worker`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let setup = ContainerSetup(mounts: [
            mount(Volume(name: "h", kind: .host, hostPath: "/srv/data"), "/h", isReadOnly: true),
            mount(Volume(name: "own"), "/own"),
            mount(Volume(name: "all", kind: .shared), "/all"),
        ])
        let spec = TaskSpec.of(
            ContainerDefinition(name: "a", image: "i", setup: setup),
            ContainerDefinition(name: "b", image: "i", setup: setup))
        try await agent.run(spec)
        let data = stage.fixture.dataFolder
        let own = "\(data)/tasks/\(spec.id)/.volumes/own"
        let config = try #require(stage.containerd.container("a")?.value.config)
        #expect(
            config.mounts == [
                HostMount(containerPath: "/h", hostPath: "/srv/data", isReadOnly: true),
                HostMount(containerPath: "/own", hostPath: own),
                HostMount(containerPath: "/all", hostPath: "\(data)/volumes/all"),
            ])
        // Whoever the containers' processes are may write, and no user of the host may look.
        #expect(mode(own) == 0o777 && mode("\(data)/tasks/\(spec.id)/.volumes") == 0o700)
        #expect(mode("\(data)/volumes/all") == 0o777 && mode("\(data)/volumes") == 0o700)
        try Data("x".utf8).write(to: URL(filePath: own + "/big.log"))
        try Data("x".utf8).write(to: URL(filePath: "\(data)/volumes/all/kept"))
        try await agent.runtime.remove(spec.id)
        #expect(try stage.fixture.files(below: "finished/\(spec.id)") == ["a", "b"])
        #expect(try stage.fixture.files(below: "volumes/all") == ["kept"])
    }

    @Test func `a shared volume that nobody made is refused without autoprovision`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true") { [self] in
            $0.setup = ContainerSetup(mounts: [
                mount(Volume(name: "all", kind: .existing), "/all")
            ])
        }
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(spec)
        }
        #expect(error?.name == "CannotCreateVolumeError")
        let folder = stage.fixture.dataFolder + "/volumes/all"
        #expect(error?.message.contains(folder) == true)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await agent.run(spec)
    }

    @Test func `rights are CRI's, and a privileged container makes its sandbox so`() async throws {
        let (stage, _, made) = try await prepared(
            ContainerSetup(
                isPrivileged: true, hasReadOnlyRoot: true, addedCapabilities: ["NET_ADMIN"],
                droppedCapabilities: ["ALL"],
                devices: [Device(hostPath: "/dev/null", containerPath: "/dev/x", permissions: "r")],
                forbidsNewPrivileges: true))
        let security = try #require(made.linux?.security)
        #expect(security.isPrivileged && security.hasReadOnlyRoot && security.forbidsNewPrivileges)
        #expect(security.capabilities == Capabilities(added: ["NET_ADMIN"], dropped: ["ALL"]))
        #expect(
            made.devices == [
                HostDevice(containerPath: "/dev/x", hostPath: "/dev/null", permissions: "r")
            ])
        #expect(try sandbox(stage).linux?.security?.isPrivileged == true)
        // One that asks for nothing gets nothing of it.
        let plain = try await prepared(ContainerSetup())
        #expect(plain.made.linux?.security?.capabilities == nil)
        #expect(try sandbox(plain.stage).linux?.security?.isPrivileged == false)
    }

    @Test func `hostname and system controls are the sandbox's`() async throws {
        let setup = ContainerSetup(
            hostname: "db", systemControls: [NamedValue("net.core.somaxconn", "1024")])
        let (stage, _, _) = try await prepared(setup)
        #expect(try sandbox(stage).hostname == "db")
        #expect(
            try sandbox(stage).linux?.systemControls == [Pair("net.core.somaxconn", "1024")])
        let (bare, spec, _) = try await prepared(ContainerSetup())
        #expect(try sandbox(bare).hostname == spec.id.description)
    }

    @Test func `names of hosts and servers are in files of the container's`() async throws {
        let (stage, spec, made) = try await prepared(
            ContainerSetup(
                dnsServers: ["10.0.0.2"], dnsSearchDomains: ["a.example", "b.example"],
                extraHosts: [NamedValue("db", "10.0.0.3")], hasReadOnlyRoot: true))
        let folder = stage.fixture.folder(of: spec.key)
        #expect(
            made.mounts == [
                HostMount(
                    containerPath: "/etc/hosts", hostPath: folder + "/hosts", isReadOnly: true),
                HostMount(
                    containerPath: "/etc/resolv.conf", hostPath: folder + "/resolv.conf",
                    isReadOnly: true),
            ])
        #expect(mode(folder + "/hosts") == 0o644)
        let hosts = try String(contentsOfFile: folder + "/hosts", encoding: .utf8)
        #expect(hosts.contains("localhost") && hosts.hasSuffix("10.0.0.3\tdb\n"))
        let resolver = try String(contentsOfFile: folder + "/resolv.conf", encoding: .utf8)
            .split(separator: "\n").filter { $0.hasPrefix("nameserver") || $0.hasPrefix("search") }
        #expect(resolver == ["nameserver 10.0.0.2", "search a.example b.example"])
    }

    private func memoryMounts(below folder: String) throws -> [String] {
        try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n")
            .filter { $0.contains(" \(folder)/") }.map { String($0) }
    }

    @Test(.enabled("mounts need root") { geteuid() == 0 })
    func `folders in memory are mounted at each start, bounded, and gone with the task`()
        async throws
    {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.shell("true") {
            $0.restartPolicy = RestartPolicy()
            $0.setup = ContainerSetup(
                memoryFolders: [MemoryFolder(path: "/t", size: 8, options: ["exec", "mode=700"])],
                sharedMemory: 16)
        }
        let folder = "\(stage.fixture.dataFolder)/tasks/\(spec.id)/.memory"
        do {
            let agent = try await stage.agent()
            #expect(agent.runtime.attributes.contains { $0.name == "muster.capability.tmpfs" })
            try await agent.run(spec)
            let made = try #require(stage.containerd.container("main")?.value.config)
            #expect(
                made.mounts == [
                    HostMount(containerPath: "/t", hostPath: folder + "/main/0"),
                    HostMount(containerPath: "/dev/shm", hostPath: folder + "/main/1"),
                ])
            let mounts = try memoryMounts(below: folder)
            #expect(mounts.count == 2)
            #expect(mounts[0].contains("size=8192k,mode=700") && !mounts[0].contains("noexec"))
            #expect(mounts[1].contains("nosuid,nodev,noexec") && mounts[1].contains("size=16384k"))
            try Data("x".utf8).write(to: URL(filePath: folder + "/main/0/x"))
            stage.containerd.exit("main", code: 1)
            _ = try await agent.exit(of: spec.key)
            _ = try await agent.runtime.restart(spec.key, number: 1)
            #expect(try memoryMounts(below: folder).count == 2)
            #expect(!FileManager.default.fileExists(atPath: folder + "/main/0/x"))
        }
        // What an agent that died left, the next one finds.
        let agent = try await stage.agent()
        _ = try await agent.runtime.list()
        try await agent.runtime.remove(spec.id)
        #expect(try memoryMounts(below: folder) == [])
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test(
        arguments: [
            (MemoryFolder(path: "/t", size: 0), "a size of 1 MiB"),
            (MemoryFolder(path: "t", size: 1), "not an absolute path"),
            (MemoryFolder(path: "/t", size: 1, options: ["size=9g"]), "\"size=9g\""),
            (MemoryFolder(path: "/t", size: 1, options: ["mode=1,size=9g"]), "mount option"),
        ])
    func `a folder in memory that has no bound is refused`(
        folder: MemoryFolder, words: String
    ) async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(
                .shell("true") { $0.setup = ContainerSetup(memoryFolders: [folder]) })
        }
        #expect(error?.message.contains(words) == true)
    }

    @Test func `labels, swap, terminal and open input are CRI's`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true") {
            $0.memory = 64
            $0.setup = ContainerSetup(
                swapMaximum: 32, labels: [NamedValue("team", "a")], isInteractive: true,
                hasTerminal: true)
        }
        try await agent.run(spec)
        let made = try #require(stage.containerd.container("main")?.value.config)
        #expect(made.labels["team"] == "a" && made.labels["dev.muster.container"] == "main")
        #expect(made.isInteractive && made.hasTerminal)
        #expect(made.linux?.resources?.memoryAndSwap == 96 << 20)
    }

    @Test func `secrets are in the container's environment, and in nothing that is written`()
        async throws
    {
        let stage = try await ContainerdStage()
        let given = stage.fixture.dataFolder + "/given"
        try FileManager.default.createDirectory(
            atPath: given, withIntermediateDirectories: true)
        try Data("hush\n".utf8).write(to: URL(filePath: given + "/token"))
        try Data("A=file\n".utf8).write(to: URL(filePath: given + "/a.env"))
        let sources = EnvironmentSources(files: stage.fixture.dataFolder, secrets: .files(given))
        let agent = try await stage.agent(sources: sources)
        let spec = TaskSpec.shell("true") {
            $0.restartPolicy = RestartPolicy()
            $0.setup = ContainerSetup(
                environmentFiles: ["arn:aws:s3:::given/a.env"],
                secrets: [NamedValue("TOKEN", "token")])
        }
        try await agent.run(spec)
        let made = try #require(stage.containerd.container("main")?.value.config)
        #expect(made.environment["TOKEN"] == "hush" && made.environment["A"] == "file")
        let sandbox = try sandbox(stage)
        let written = (sandbox.annotations + sandbox.labels + made.labels).map(\.value)
        #expect(!written.contains { $0.contains("hush") })
        // A restart has what the first run had, though the file says something else by now.
        try Data("other\n".utf8).write(to: URL(filePath: given + "/token"))
        stage.containerd.exit("main", code: 1)
        _ = try await agent.exit(of: spec.key)
        _ = try await agent.runtime.restart(spec.key, number: 1)
        let again = try #require(stage.containerd.container("main")?.value.config)
        #expect(again.environment["TOKEN"] == "hush")
    }

    @Test(
        arguments: [
            (
                ContainerSetup(mounts: [Mount(volume: Volume(name: ".."), path: "/v")]),
                "name a volume"
            ),
            (
                ContainerSetup(mounts: [Mount(volume: Volume(name: "v"), path: "v")]),
                "containerPath"
            ),
            (
                ContainerSetup(mounts: [
                    Mount(volume: Volume(name: "v", kind: .host, hostPath: "v"), path: "/v")
                ]), "sourcePath"
            ),
            (ContainerSetup(labels: [NamedValue("dev.muster.owner", "me")]), "Muster's own"),
            (
                ContainerSetup(labels: [NamedValue("l", String(repeating: "x", count: 4_096))]),
                "4096 bytes"
            ),
            (ContainerSetup(extraHosts: [NamedValue("db\nevil", "10.0.0.1")]), "one word"),
            (ContainerSetup(dnsServers: ["10.0.0.1 10.0.0.2"]), "one word"),
        ])
    func `what can't be is refused before anything is made`(
        setup: ContainerSetup, words: String
    ) async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(.shell("true") { $0.setup = setup })
        }
        #expect(error?.name == "CannotCreateContainerError")
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(stage.containerd.calls(of: .runPodSandbox) == [])
    }
}
