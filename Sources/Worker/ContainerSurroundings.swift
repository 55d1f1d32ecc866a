import Glibc
import MetadataEndpoint
import Model
import NIOCore
import Runtimes

/// What the agent adds to the environment of containers.
struct ContainerSurroundings: Sendable {
    /// `nil` where there is none.
    let endpoint: MetadataServer?
    /// Whether tasks have networks of their own.
    let givesNetworks: Bool

    /// The spec as the runtime gets it. What it keeps of it holds over restarts of the agent.
    func put(into spec: TaskSpec) -> TaskSpec {
        let isOnHost = !givesNetworks || spec.networkMode == .host
        // A task without a network reaches nobody.
        guard spec.networkMode != NetworkMode.none, let endpoint,
            let host = isOnHost ? "127.0.0.1" : HostAddress.outward
        else { return spec }
        var spec = spec
        for index in spec.containers.indices {
            let name = spec.containers[index].name
            let ours = endpoint.environment(of: name, in: spec.id, host: host)
            spec.containers[index].environment.removeAll { variable in
                ours.contains { $0.name == variable.name }
            }
            spec.containers[index].environment += ours
        }
        return spec
    }
}

enum HostAddress {
    /// The address that this host has towards others: a container in a network of its own reaches
    /// it by its gateway, which is this host. `nil` when there is none but loopback.
    static var outward: String? { routed ?? first }

    /// That of the default route. Nothing is sent.
    private static var routed: String? {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(9).bigEndian
        // 192.0.2.1, which is nobody's (RFC 5737).
        address.sin_addr.s_addr = in_addr_t(0xC000_0201).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isFound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(descriptor, address, length) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isFound else { return nil }
        let number = UInt32(bigEndian: address.sin_addr.s_addr)
        return [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xFF) }.joined(separator: ".")
    }

    private static var first: String? {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.lazy.compactMap(\.address).first { address in
            guard case .v4 = address, let text = address.ipAddress else { return false }
            return !text.hasPrefix("127.") && !text.hasPrefix("169.254.")
        }?.ipAddress
    }
}
