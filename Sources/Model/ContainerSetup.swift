/// What a container asks of its surroundings beyond its program, its ports and its limits: what
/// most containers have nothing of. Runtimes claim by attributes what of it they can give.
public struct ContainerSetup: Hashable, Sendable, Codable {
    /// Those of its own `mountPoints`, and those that `volumesFrom` brings.
    public var mounts: [Mount]
    /// ARNs of files of environment variables; of two files that set a variable the first counts.
    public var environmentFiles: [String]
    /// Variables whose values the worker gets: ARNs and names of parameters, never the values.
    public var secrets: [NamedValue]
    /// `nil` means the runtime's choice.
    public var hostname: String?
    public var dnsServers: [String]
    public var dnsSearchDomains: [String]
    /// Names of hosts and their addresses.
    public var extraHosts: [NamedValue]
    public var isPrivileged: Bool
    public var hasReadOnlyRoot: Bool
    /// Without the prefix `CAP_`, or `ALL`.
    public var addedCapabilities: [String]
    public var droppedCapabilities: [String]
    public var devices: [Device]
    /// MiB of swap beyond the limit of memory; `nil`: none.
    public var swapMaximum: Int?
    /// Parameters of the kernel, such as `net.core.somaxconn`.
    public var systemControls: [NamedValue]
    public var labels: [NamedValue]
    /// Whether its input stays open, with nobody who writes to it.
    public var isInteractive: Bool
    public var hasTerminal: Bool
    /// Whether its processes can't become more than they are, as by a set-uid program.
    public var forbidsNewPrivileges: Bool
    /// Folders in memory, empty at each start; `nil`: none.
    public var memoryFolders: [MemoryFolder]?
    /// MiB of /dev/shm; `nil` means the runtime's choice.
    public var sharedMemory: Int?

    public init(
        mounts: [Mount] = [], environmentFiles: [String] = [], secrets: [NamedValue] = [],
        hostname: String? = nil, dnsServers: [String] = [], dnsSearchDomains: [String] = [],
        extraHosts: [NamedValue] = [], isPrivileged: Bool = false, hasReadOnlyRoot: Bool = false,
        addedCapabilities: [String] = [], droppedCapabilities: [String] = [],
        devices: [Device] = [], swapMaximum: Int? = nil, systemControls: [NamedValue] = [],
        labels: [NamedValue] = [], isInteractive: Bool = false, hasTerminal: Bool = false,
        forbidsNewPrivileges: Bool = false, memoryFolders: [MemoryFolder]? = nil,
        sharedMemory: Int? = nil
    ) {
        self.mounts = mounts
        self.environmentFiles = environmentFiles
        self.secrets = secrets
        self.hostname = hostname
        self.dnsServers = dnsServers
        self.dnsSearchDomains = dnsSearchDomains
        self.extraHosts = extraHosts
        self.isPrivileged = isPrivileged
        self.hasReadOnlyRoot = hasReadOnlyRoot
        self.addedCapabilities = addedCapabilities
        self.droppedCapabilities = droppedCapabilities
        self.devices = devices
        self.swapMaximum = swapMaximum
        self.systemControls = systemControls
        self.labels = labels
        self.isInteractive = isInteractive
        self.hasTerminal = hasTerminal
        self.forbidsNewPrivileges = forbidsNewPrivileges
        self.memoryFolders = memoryFolders
        self.sharedMemory = sharedMemory
    }
}

/// A name and what belongs to it.
public struct NamedValue: Hashable, Sendable, Codable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Where a container sees a volume.
public struct Mount: Hashable, Sendable, Codable {
    public var volume: Volume
    /// An absolute path in the container.
    public var path: String
    public var isReadOnly: Bool

    public init(volume: Volume, path: String, isReadOnly: Bool = false) {
        self.volume = volume
        self.path = path
        self.isReadOnly = isReadOnly
    }
}

/// A folder of a worker's host that containers share (ECS `Volume`).
public struct Volume: Hashable, Sendable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// A path of the host's.
        case host
        /// The task's own: empty at its start, gone with it.
        case task
        /// Of all tasks on the worker that name it; made by the first of them, and stays.
        case shared
        /// As `shared`, but that it has to be there.
        case existing
    }

    public var name: String
    public var kind: Kind
    /// Of the kind `host`: an absolute path.
    public var hostPath: String?

    public init(name: String, kind: Kind = .task, hostPath: String? = nil) {
        self.name = name
        self.kind = kind
        self.hostPath = hostPath
    }
}

/// A device of the host's that a container may use (ECS `Device`).
public struct Device: Hashable, Sendable, Codable {
    public var hostPath: String
    public var containerPath: String
    /// Some of the letters `r`, `w` and `m`: to read, to write, to make nodes of it.
    public var permissions: String

    public init(hostPath: String, containerPath: String, permissions: String = "rwm") {
        self.hostPath = hostPath
        self.containerPath = containerPath
        self.permissions = permissions
    }
}

/// A folder of a container's that is in memory (ECS `Tmpfs`).
public struct MemoryFolder: Hashable, Sendable, Codable {
    /// An absolute path in the container.
    public var path: String
    /// MiB.
    public var size: Int
    /// As mount(8) has them, such as `noexec` and `mode=700`.
    public var options: [String]

    public init(path: String, size: Int, options: [String] = []) {
        self.path = path
        self.size = size
        self.options = options
    }
}
