import CRI
import Testing
import Wire

@Suite("Messages of CRI")
struct CodecTests {
    @Test("have the bytes that containerd reads and writes")
    func golden() throws {
        #expect(
            try StopContainer(container: "c1", timeout: 5).encoded()
                == [0x0A, 2, 0x63, 0x31, 0x10, 5])
        let list = CreateContainer(
            sandbox: "s",
            config: ContainerConfig(
                metadata: ContainerMetadata(name: "a", attempt: 2), logPath: "l",
                linux: ContainerLinux(security: ContainerSecurity(user: Number(value: 0)))))
        #expect(
            try list.encoded() == [
                0x0A, 1, 0x73, 0x12, 16, 0x0A, 5, 0x0A, 1, 0x61, 0x10, 2, 0x5A, 1, 0x6C, 0x7A, 4,
                0x12, 2, 0x2A, 0,
            ])
        // An answer with fields that are not read here: of a container, image and image_ref.
        let answer: [UInt8] = [
            0x0A, 15, 0x0A, 1, 0x63, 0x22, 3, 0x0A, 1, 0x69, 0x2A, 1, 0x72, 0x30, 1, 0x38, 7,
        ]
        #expect(
            try ContainerList.decoded(answer)
                == ContainerList(items: [ContainerItem(id: "c", state: .running, createdAt: 7)]))
    }

    @Test("come back as they were sent")
    func roundTrips() throws {
        try check(Name("ü"))
        try check(RunSandbox(config: Sample.sandbox))
        try check(SandboxStatusAnswer(status: Sample.sandboxStatus))
        try check(ListSandboxes(filter: SandboxFilter(labels: [Pair("a", "b")])))
        try check(SandboxList(items: [Sample.sandboxItem, SandboxItem()]))
        try check(
            CreateContainer(
                sandbox: "s", config: Sample.container, sandboxConfig: Sample.sandbox))
        try check(ListContainers(filter: ContainerFilter(sandbox: "s", labels: [Pair("a", "")])))
        try check(ContainerStatusAnswer(status: Sample.status))
        try check(ContainerStatusAnswer())
        try check(ExecSync(container: "c", command: ["", "x y"], timeout: 3))
        try check(ExecSyncAnswer(exitCode: -1))
        try check(ListContainerStats(labels: [Pair("a", "b")]))
        try check(
            ContainerStatList(items: [
                ContainerStat(id: "c", cpuTime: .max, memory: 4), ContainerStat(id: "d"),
            ]))
        try check(ListSandboxStats(labels: [Pair("a", "b")]))
        try check(SandboxStatList(items: [SandboxStat(id: "s", received: 1), SandboxStat()]))
        try check(ImageStatus(image: ImageSpec(image: "nginx")))
        try check(ImageStatusAnswer(image: Image(id: "i", digests: ["a@sha256:b"])))
        try check(
            PullImage(
                image: ImageSpec(image: "i"),
                login: RegistryLogin(user: "u", password: "p", auth: "a")))
        try check(RuntimeVersion(name: "containerd", version: "1.6"))
        try check(
            StatusAnswer(
                status: RuntimeStatus(conditions: [
                    RuntimeCondition(type: "NetworkReady", isMet: true, reason: "r", text: "t")
                ]), info: [Pair("config", "{}")]))
        for isVerbose in [true, false] { try check(StatusQuestion(isVerbose: isVerbose)) }
        try check(Subscribe(filters: ["x"]))
        try check(
            Envelope(topic: "/tasks/exit", event: AnyMessage(type: "t", value: [0, 255])))
        try check(TaskExit(container: "c", process: "p"))
        try check(TaskExecStarted(container: "c", process: "p", pid: .max))
        let spec = AnyMessage(type: "t", value: [123, 125])
        try check(GetContainerAnswer(container: StoredContainer(id: "c", spec: spec)))
        try check(ProcessName(container: "c", process: "p"))
        try check(ProcessNumber(number: .max))
        try check(
            ExecProcess(
                container: "c", process: "p", input: "/i", output: "/o", errors: "/e",
                hasTerminal: true, spec: spec))
        try check(KillProcess(container: "c", process: "p", signal: 9))
        try check(ResizeTerminal(container: "c", process: "p", width: 80, height: 24))
        try check(CloseInput(container: "c", process: "p", input: false))
    }

    @Test("name states that a newer containerd may have")
    func unknownStates() throws {
        // A container whose state is 9.
        #expect(try ContainerDetails.decoded([0x18, 9]).state == .unknown)
    }

    @Test("that are none, or hold what text can't, are refused")
    func refusals() throws {
        #expect(throws: WireError.malformed(message: "Name")) { try Name.decoded([0x0A, 9, 0x61]) }
        #expect(throws: WireError.self) { try Name.decoded([0x0A, 1, 0xFF]) }
        #expect(throws: WireError.self) { try Name("a\0b").encoded() }
    }

    private func check<Value: CRIMessage>(_ value: Value) throws {
        #expect(try Value.decoded(value.encoded()) == value)
    }
}

private enum Sample {
    static let sandbox = SandboxConfig(
        metadata: SandboxMetadata(name: "n", uid: "u", namespace: "muster", attempt: 3),
        hostname: "h", logDirectory: "/l",
        ports: [
            PodPort(containerPort: 80, hostPort: 8_080),
            PodPort(transport: .udp, containerPort: 53, hostPort: 53),
        ], labels: [Pair("a", "b"), Pair("c", "")], annotations: [Pair("spec", "{}")],
        linux: SandboxLinux(
            cgroupParent: "/muster/x",
            security: SandboxSecurity(
                namespaces: NamespaceOption(network: .node, pid: .container), isPrivileged: true),
            systemControls: [Pair("net.core.somaxconn", "1024")]))

    static let sandboxStatus = SandboxStatus(
        id: "s", state: .notReady, network: SandboxNetwork(address: "10.0.0.1"))

    static let sandboxItem = SandboxItem(
        id: "s", metadata: sandbox.metadata, state: .notReady, createdAt: .max,
        labels: [Pair("a", "b")], annotations: [Pair("c", "d")])

    static let container = ContainerConfig(
        metadata: ContainerMetadata(name: "web", attempt: 1), image: ImageSpec(image: "nginx"),
        command: ["/bin/sh"], arguments: ["-c", "true"], workingDirectory: "/srv",
        environment: [Pair("PATH", "/bin")],
        mounts: [HostMount(containerPath: "/data", hostPath: "/srv/data", isReadOnly: true)],
        devices: [HostDevice(containerPath: "/dev/a", hostPath: "/dev/b", permissions: "rw")],
        labels: [Pair("a", "b")], annotations: [Pair("c", "d")], logPath: "web/output.log",
        isInteractive: true, hasTerminal: true,
        linux: ContainerLinux(
            resources: ContainerResources(cpuShares: 256, memory: 1 << 40, memoryAndSwap: 1 << 40),
            security: ContainerSecurity(
                namespaces: NamespaceOption(pid: .container), user: Number(value: 33),
                userName: "web", group: Number(value: 0),
                capabilities: Capabilities(added: ["NET_ADMIN"], dropped: ["ALL"]),
                isPrivileged: true, hasReadOnlyRoot: true, forbidsNewPrivileges: true,
                maskedPaths: ["/proc/kcore"], readOnlyPaths: ["/proc/sys", "/proc/bus"])))

    static let status = ContainerDetails(
        id: "c", state: .exited, startedAt: 1, finishedAt: .max, exitCode: 137,
        reason: "OOMKilled", text: "m")
}
