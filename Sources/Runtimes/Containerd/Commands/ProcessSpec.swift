import FoundationEssentials
import Model

/// What an OCI runtime is told of a process: the part of a container's specification that a command
/// besides takes over.
///
/// The names are those of the OCI Runtime Specification 1.0, section "Process". What is not named
/// here a command does not get.
struct ProcessSpec: Codable, Hashable, Sendable {
    struct User: Codable, Hashable, Sendable {
        var uid: UInt32
        var gid: UInt32
        var umask: UInt32?
        var additionalGids: [UInt32]?
    }

    struct Box: Codable, Hashable, Sendable {
        var height: UInt32
        var width: UInt32
    }

    struct Capabilities: Codable, Hashable, Sendable {
        var bounding: [String]?
        var effective: [String]?
        var inheritable: [String]?
        var permitted: [String]?
        var ambient: [String]?
    }

    struct Limit: Codable, Hashable, Sendable {
        var type: String
        var hard: UInt64
        var soft: UInt64
    }

    var terminal: Bool?
    var consoleSize: Box?
    var user: User
    var args: [String]?
    var env: [String]?
    var cwd: String
    var capabilities: Capabilities?
    var rlimits: [Limit]?
    var noNewPrivileges: Bool?
    var apparmorProfile: String?
    var oomScoreAdj: Int?
    var selinuxLabel: String?

    /// What containerd calls it.
    static let type = "types.containerd.io/opencontainers/runtime-spec/1/Process"

    private struct Container: Decodable {
        var process: ProcessSpec
    }

    /// - Parameter container: A container's whole specification, as JSON.
    init(ofContainer container: [UInt8]) throws {
        self = try JSONDecoder().decode(Container.self, from: Data(container)).process
    }

    /// The same for another command.
    func running(_ order: ExecOrder) -> ProcessSpec {
        var spec = self
        spec.args = order.command
        spec.terminal = order.terminal != nil
        spec.consoleSize = nil
        guard let terminal = order.terminal else { return spec }
        spec.consoleSize = Box(
            height: UInt32(terminal.size.rows), width: UInt32(terminal.size.columns))
        let others = (env ?? []).filter { !$0.hasPrefix("TERM=") }
        spec.env = others + ["TERM=\(terminal.type)"]
        return spec
    }

    var json: [UInt8] {
        get throws { Array(try JSONEncoder().encode(self)) }
    }
}
