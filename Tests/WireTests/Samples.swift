import Model

/// The identifier whose 16 bytes on the wire are 0, 1, 2, … 15.
func countingID<Kind>() -> Identifier<Kind> {
    Identifier(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F)
}

func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.utf8).map { UInt8($0 < 0x3A ? $0 - 0x30 : $0 - 0x57) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

enum Sample {
    static let heartbeat = Heartbeat(
        session: countingID(), sequence: 7, acknowledged: 300, usedCPU: 512, usedMemory: 2_048)

    static let registration = Registration(
        name: "w1", cluster: "default", agent: countingID(),
        resources: Resources(cpu: 2_048, memory: 4_096, tcpPorts: [22, 2_376]),
        attributes: [
            Attribute(name: "zone", value: "a"), Attribute(name: "ssd"),
            Attribute(name: "rack", value: ""),
        ],
        agentVersion: "1.0", runtime: "process",
        inventory: [
            TaskReport(
                task: countingID(), status: .running,
                containers: [
                    ContainerReport(
                        name: "web", status: .stopped, exitCode: 0,
                        networkBindings: [NetworkBinding(containerPort: 80, hostPort: 32_768)])
                ],
                startedAt: WallTime(milliseconds: 0))
        ])

    static let fullRegistration: Registration = {
        var full = registration
        full.region = "eu-central-1"
        full.instance = countingID()
        full.resources.udpPorts = [53]
        full.resources.gpus = 2
        full.attempt = .max
        full.inventory.append(stoppedReport)
        return full
    }()

    static let stoppedReport = TaskReport(
        task: countingID(), status: .stopped,
        containers: [
            ContainerReport(
                name: "again", status: .running, restarts: 3, imageDigest: "sha256:ab",
                address: "10.88.0.2"),
            ContainerReport(
                name: "app", status: .stopped, exitCode: -1, reason: "grüße", runtimeID: "p-1",
                networkBindings: [
                    NetworkBinding(
                        bindIP: "::", containerPort: 65_535, hostPort: 1, transport: .udp)
                ],
                health: .unhealthy),
        ],
        pullStartedAt: WallTime(milliseconds: 1), pullStoppedAt: WallTime(milliseconds: 2),
        startedAt: WallTime(milliseconds: 3), executionStoppedAt: WallTime(milliseconds: 4),
        stoppedAt: WallTime(milliseconds: 1_700_000_000_000),
        stopCode: .essentialContainerExited, reason: "Essential container in task exited",
        healthNumber: .max)

    static let registered = Registered(
        instance: countingID(), session: countingID(), epoch: .max,
        heartbeat: HeartbeatSettings(period: 1_000, lease: 3_000),
        managers: ["127.0.0.1:7070", "[::1]:7070"])

    static let joinRequest = JoinRequest(
        token: countingID(), secret: [UInt8](0..<32), name: "w1", cluster: "default",
        region: "eu-central-1", certificateRequest: [0x30, 0x00])

    static let issuedCertificate = IssuedCertificate(
        subject: WorkerSubject(region: "us-east-1", cluster: "default", worker: countingID()),
        chain: [[0x30, 0x01, 0x00], [0x30]], authority: [0x30, 0x03],
        times: CertificateTimes(
            renewAt: WallTime(milliseconds: 1_700_000_000_000),
            endsAt: WallTime(milliseconds: 1_700_000_100_000)))

    static let container = ContainerDefinition(
        name: "web", image: "img", memory: 0,
        environment: [EnvironmentVariable(name: "A", value: "")], stopTimeout: 30,
        dependsOn: [ContainerDependency(container: "app", condition: .healthy)],
        ulimits: [Ulimit(name: "nofile", soft: -1, hard: 1_024)])

    static let fullContainer = ContainerDefinition(
        name: "app", image: "registry/app:1", cpu: 256, memory: 512, memoryReservation: 128,
        essential: false, entryPoint: ["/bin/sh", "-c"], command: ["", "x y"],
        environment: [EnvironmentVariable(name: "PATH", value: "/bin")],
        workingDirectory: "/srv", user: "1000:1000",
        portMappings: [
            PortMapping(containerPort: 80),
            PortMapping(
                containerPort: 53, hostPort: 53, transport: .udp, name: "dns"),
        ],
        startTimeout: 0, stopTimeout: 2, dependsOn: [], ulimits: [],
        restartPolicy: RestartPolicy(ignoredExitCodes: [0, -1, 255], attemptPeriod: 60),
        healthCheck: HealthCheck(
            command: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], interval: 5, timeout: 2,
            retries: 10, startPeriod: 300), setup: setup)

    static let setup = ContainerSetup(
        mounts: [
            Mount(
                volume: Volume(name: "a", kind: .host, hostPath: "/srv"), path: "/a",
                isReadOnly: true),
            Mount(volume: Volume(name: "b"), path: "/b"),
            Mount(volume: Volume(name: "c", kind: .shared), path: "/c"),
            Mount(volume: Volume(name: "d", kind: .existing), path: "/d"),
        ],
        environmentFiles: ["arn:aws:s3:::bucket/a.env"],
        secrets: [NamedValue("TOKEN", "arn:aws:ssm:r:1:parameter/token")], hostname: "h",
        dnsServers: ["10.0.0.2"], dnsSearchDomains: ["example.org"],
        extraHosts: [NamedValue("db", "10.0.0.3")], isPrivileged: true, hasReadOnlyRoot: true,
        addedCapabilities: ["NET_ADMIN"], droppedCapabilities: ["ALL", "CHOWN"],
        devices: [Device(hostPath: "/dev/null", containerPath: "/dev/none", permissions: "r")],
        swapMaximum: 0, systemControls: [NamedValue("net.core.somaxconn", "1024")],
        labels: [NamedValue("team", "")], isInteractive: true, hasTerminal: true,
        forbidsNewPrivileges: true,
        memoryFolders: [MemoryFolder(path: "/t", size: 8, options: ["mode=700"])],
        sharedMemory: 64)

    static func spec(
        _ containers: [ContainerDefinition], cpu: Int? = nil, onLost: OnLost? = nil
    ) -> TaskSpec {
        TaskSpec(
            id: countingID(), arn: "arn", cluster: "c", family: "f", revision: 2, group: "g",
            containers: containers, containerIDs: containers.map { _ in countingID() }, cpu: cpu,
            memory: cpu, onLost: onLost, networkMode: cpu == nil ? nil : .awsvpc,
            pidMode: cpu == nil ? nil : .host, ipcMode: cpu == nil ? nil : .task)
    }

    static let changes = AssignmentUpdate.changes(
        appliesTo: 4, revision: 5,
        [
            .forget(countingID()),
            .put(Assignment(spec: spec([container], onLost: .stop), desired: .stopped)),
        ])

    static let exec = ExecRequest(
        id: countingID(),
        order: ExecOrder(
            task: countingID(), container: "a", command: ["ls", "-l"], takesInput: true,
            terminal: ExecTerminal(type: "vt", size: TerminalSize(columns: 80, rows: 24))))

    static let execOutputs: [ExecOutput] = [
        .opening(countingID(), countingID()), .started, .standardOutput([]),
        .standardOutput([UInt8](repeating: 0xFF, count: ExecInput.dataMaximum)),
        .standardError([0]), .exited(0), .exited(.min), .failed("it's \u{1F980}"), .unknown,
    ]

    static let execInputs: [ExecInput] = [
        .data([]), .data([UInt8](repeating: 0, count: ExecInput.dataMaximum)), .end,
        .resize(TerminalSize(columns: .max, rows: 0)), .unknown,
    ]

    static let logs = LogRequest(
        id: countingID(),
        order: LogOrder(
            task: countingID(), container: "a", since: 1, until: 2, tail: 3, follows: true))

    static let logOutputs: [LogOutput] = [
        .opening(countingID(), countingID()), .entries([]),
        .entries([
            LogEntry(time: .max, container: "a", text: []),
            LogEntry(
                time: .min, container: "b", isError: true,
                text: [UInt8](repeating: 0xFF, count: LogEntry.textMaximum)),
        ]),
        .caughtUp, .failed("it's \u{1F980}"), .unknown,
    ]

    static let updates: [AssignmentUpdate] = [
        .complete(revision: 1, [], more: false),
        .complete(
            revision: .max,
            [Assignment(spec: spec([container, fullContainer], cpu: 0), desired: .running)],
            more: true),
        changes,
        .heartbeat(HeartbeatSettings(period: 1, lease: Int64(UInt32.max))),
        .redirect(Redirect(manager: "[::1]:7070")),
        .redirect(Redirect(manager: "m2.example:7070", within: Int64(UInt32.max))),
        .exec(exec),
        .exec(
            ExecRequest(
                id: countingID(),
                order: ExecOrder(task: countingID(), container: "b", command: ["true", ""]))),
        .logs(logs),
        .logs(LogRequest(id: countingID(), order: LogOrder(task: countingID(), since: 0, tail: 0))),
        .unknown,
    ]
}
