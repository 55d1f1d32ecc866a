import CProcess
import Glibc
import Model

/// What a supervisor shall run, worked out from a container's definition, and checked.
struct LaunchPlan: Hashable, Sendable {
    var arguments: [String]
    /// Sorted by name.
    var environment: [EnvironmentVariable]
    /// `nil` means the container's own `work` folder.
    var directory: String?
    /// `nil` when the process stays the worker's user.
    var user: ResolvedUser?
    var ulimits: [Ulimit]
    var graceMilliseconds: Int64
    /// Milliseconds that the container may live beyond the worker's lease; `nil` when its task goes
    /// on without a manager.
    var lifeBeyondLease: Int64?
    /// Whether its network is one of its own with nothing but loopback.
    var isIsolated: Bool

    /// - Throws: a sentence on what this runtime can't do for the definition.
    init(
        _ definition: ContainerDefinition, of record: TaskRecord, on host: LaunchHost
    ) throws(RuntimeError) {
        try Self.checkSetup(of: definition)
        arguments = try Self.arguments(definition, host)
        user = try Self.user(definition, host)
        ulimits = try Self.ulimits(definition, host)
        isIsolated = record.spec.networkMode == NetworkMode.none
        guard !isIsolated || host.canIsolate else {
            throw .cannotCreate(
                "networkMode none needs a network namespace, which this worker can't make. Run it "
                    + "as root.")
        }
        directory = definition.workingDirectory
        if let directory, !directory.hasPrefix("/") {
            throw .cannotCreate(
                "workingDirectory \"\(directory)\" of \(definition.name) is not an absolute path.")
        }
        let timeout = definition.stopTimeout ?? ContainerDefinition.stopTimeoutDefault
        graceMilliseconds = Int64(timeout) * 1_000
        if record.spec.onLost == .stop {
            let life = OnLost.deadMan + record.spec.lifeAfterDependents(of: definition.name)
            lifeBeyondLease = life.milliseconds
        }
        environment = Self.environment(definition, record, host, home: user?.home)
        let texts = arguments + environment.flatMap { [$0.name, $0.value] } + [directory ?? ""]
        if texts.contains(where: { $0.utf8.contains(0) }) {
            throw .cannotCreate(
                "the command, environment or workingDirectory of \(definition.name) holds a NUL "
                    + "character, which no process can be given.")
        }
    }

    /// Processes are on the host as it is. Labels are the definition's alone.
    private static func checkSetup(of definition: ContainerDefinition) throws(RuntimeError) {
        guard let setup = definition.setup else { return }
        let asked: [(String, Bool)] = [
            ("volumes", !setup.mounts.isEmpty), ("a hostname", setup.hostname != nil),
            ("DNS servers", !setup.dnsServers.isEmpty),
            ("DNS search domains", !setup.dnsSearchDomains.isEmpty),
            ("extra hosts", !setup.extraHosts.isEmpty), ("privileges", setup.isPrivileged),
            ("a read-only root", setup.hasReadOnlyRoot),
            ("capabilities", !setup.addedCapabilities.isEmpty),
            ("fewer capabilities", !setup.droppedCapabilities.isEmpty),
            ("devices", !setup.devices.isEmpty), ("swap", setup.swapMaximum != nil),
            ("system controls", !setup.systemControls.isEmpty),
            ("an open input", setup.isInteractive), ("a terminal", setup.hasTerminal),
            ("no new privileges", setup.forbidsNewPrivileges),
            ("folders in memory", setup.memoryFolders != nil),
            ("a size of shared memory", setup.sharedMemory != nil),
        ]
        guard let first = asked.first(where: \.1)?.0 else { return }
        throw .cannotCreate(
            "container \(definition.name) asks for \(first), which the runtime process does not "
                + "give: its containers are processes on the host as it is. Use a worker with the "
                + "runtime containerd.")
    }

    private static func arguments(
        _ definition: ContainerDefinition, _ host: LaunchHost
    ) throws(RuntimeError) -> [String] {
        let entryPoint =
            definition.entryPoint.isEmpty
            ? host.prefix(of: definition.image) : definition.entryPoint
        let arguments = entryPoint + definition.command
        if let program = arguments.first, !program.isEmpty { return arguments }
        throw RuntimeError(
            name: "CannotPullContainerError",
            message: "the process runtime can't run an image alone: container \(definition.name) "
                + "(image \(definition.image)) has no entryPoint and no command. Give it a command "
                + "that this host has, or add the image to the worker's image map.")
    }

    private static func user(
        _ definition: ContainerDefinition, _ host: LaunchHost
    ) throws(RuntimeError) -> ResolvedUser? {
        guard let name = definition.user, !name.isEmpty else { return nil }
        guard let user = ResolvedUser(name) else {
            throw .cannotCreate(
                "this host has no user or group \"\(name)\", which container \(definition.name) "
                    + "asks for. Create it, or name another.")
        }
        if host.uid == 0 { return user }
        // Becoming oneself needs no rights and no action.
        if user.uid == host.uid && user.gid == host.gid { return nil }
        throw .cannotCreate(
            "container \(definition.name) asks for user \"\(name)\", but the worker doesn't run as "
                + "root and can't become another user. Run it as root, or leave user out.")
    }

    private static func ulimits(
        _ definition: ContainerDefinition, _ host: LaunchHost
    ) throws(RuntimeError) -> [Ulimit] {
        for limit in definition.ulimits where cprocess_rlimit(limit.name) < 0 {
            throw .cannotCreate(
                "there is no ulimit \"\(limit.name)\", which container \(definition.name) sets.")
        }
        guard definition.ulimits.count <= 16 else {
            throw .cannotCreate("container \(definition.name) sets more than 16 ulimits.")
        }
        guard let openFiles = host.openFiles,
            !definition.ulimits.contains(where: { $0.name == openFiles.name })
        else { return definition.ulimits }
        return definition.ulimits + [openFiles]
    }

    /// What was inherited, then the definition's, then Muster's own; later wins.
    private static func environment(
        _ definition: ContainerDefinition, _ record: TaskRecord, _ host: LaunchHost, home: String?
    ) -> [EnvironmentVariable] {
        var values = host.environment
        if let home { values["HOME"] = home }
        for variable in definition.environment { values[variable.name] = variable.value }
        // The container's own mappings come last, so that they win over its neighbours'.
        let others = record.spec.containers.map(\.name).filter { $0 != definition.name }
        for container in others + [definition.name] {
            for binding in record.bindings(of: container) {
                values["MUSTER_PORT_\(binding.containerPort)"] = String(binding.hostPort)
            }
        }
        if let first = record.bindings(of: definition.name).first {
            values["PORT"] = String(first.hostPort)
        }
        values["MUSTER_TASK_ID"] = record.spec.id.description
        values["MUSTER_TASK_ARN"] = record.spec.arn
        values["MUSTER_CLUSTER"] = record.spec.cluster
        values["MUSTER_CONTAINER_NAME"] = definition.name
        return values.sorted { $0.key < $1.key }
            .map { EnvironmentVariable(name: $0.key, value: $0.value) }
    }

    /// The file `launch`, as the supervisor reads it.
    func encoded(
        folder: ContainerFolder, outputLimit: Int, cgroup: Cgroup?, leaseFile: String
    ) -> [UInt8] {
        var entries = arguments.map { "arg=\($0)" }
        entries += environment.map { "env=\($0.name)=\($0.value)" }
        entries.append("cwd=\(directory ?? folder.work)")
        if let user {
            entries += ["uid=\(user.uid)", "gid=\(user.gid)"]
            entries += user.groups.map { "group=\($0)" }
        }
        if isIsolated { entries.append("network=none") }
        entries += ulimits.map { "limit=\($0.name):\($0.soft):\($0.hard)" }
        entries += ["output=\(outputLimit)", "grace=\(graceMilliseconds)"]
        if let lifeBeyondLease { entries += ["lease=\(leaseFile)", "extra=\(lifeBeyondLease)"] }
        if let cgroup {
            entries += cgroup.folders.map { "cgroup=\($0)" }
            if let file = cgroup.outOfMemoryFile { entries.append("oom=\(file)") }
        }
        return entries.flatMap { Array($0.utf8) + [0] }
    }
}

/// What containers get from the worker's host.
struct LaunchHost: Hashable, Sendable {
    var uid: uid_t
    var gid: gid_t
    /// All that is inherited of the worker's environment: the rest may hold its secrets.
    var environment: [String: String]
    /// The command that stands for an image.
    var imageMap: [String: [String]]

    /// The limit of a container that names none.
    var openFiles: Ulimit?
    /// Whether it lets the worker make network namespaces.
    var canIsolate: Bool

    init(imageMap: [String: [String]], openFiles: Ulimit?) {
        uid = geteuid()
        gid = getegid()
        self.imageMap = imageMap
        self.openFiles = openFiles
        canIsolate = cprocess_network_try() == 0
        environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        for name in ["PATH", "HOME", "LANG"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
    }

    /// Looks for the image as written, then for its repository without tag or digest.
    func prefix(of image: String) -> [String] {
        if let exact = imageMap[image] { return exact }
        var repository = image.split(separator: "@").first.map { String($0) } ?? image
        if let colon = repository.lastIndex(of: ":"),
            !repository[colon...].contains("/")
        {
            repository = String(repository[..<colon])
        }
        return imageMap[repository] ?? []
    }
}
