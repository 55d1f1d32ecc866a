import CProcess
import Glibc
import Model
import Synchronization

/// The host ports of this worker's containers.
///
/// A port is held by its name from the choice until the container's end, also against other workers
/// on this machine, while the port itself stays free for the container to bind. Ports for
/// `hostPort: 0` come from above the kernel's range for outgoing connections, so that no client's
/// connection takes one between choice and bind.
final class HostPorts: Sendable {
    /// Descriptors that hold ports, by container.
    private let held = Mutex<[ContainerKey: [Int32]]>([:])
    private let range: ClosedRange<Int>

    init() {
        range = Self.dynamicRange(
            ephemeral: try? Files.read("/proc/sys/net/ipv4/ip_local_port_range"))
    }

    deinit {
        held.withLock { $0.values.joined().forEach { close($0) } }
    }

    /// The ports for `hostPort: 0`, from the text of the kernel's setting. Falls back to the range
    /// of ECS where the kernel leaves none.
    static func dynamicRange(ephemeral text: [UInt8]?) -> ClosedRange<Int> {
        let ends = String(decoding: text ?? [], as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard ends.count == 2, ends[1] <= 65_535 - 1_000 else { return 49_153...65_535 }
        return (ends[1] + 1)...65_535
    }

    /// Chooses and holds a host port for every port mapping of a task.
    func choose(for spec: TaskSpec) throws(RuntimeError) -> [String: [NetworkBinding]] {
        var bindings: [String: [NetworkBinding]] = [:]
        do throws(RuntimeError) {
            for container in spec.containers {
                let key = ContainerKey(task: spec.id, name: container.name)
                for mapping in container.portMappings {
                    let port = try take(mapping, for: key)
                    bindings[container.name, default: []].append(
                        NetworkBinding(
                            containerPort: mapping.containerPort, hostPort: port,
                            transport: mapping.transport))
                }
            }
        } catch {
            for container in spec.containers {
                release(ContainerKey(task: spec.id, name: container.name))
            }
            throw error
        }
        return bindings
    }

    /// Holds again what an earlier agent chose. A port that another worker got meanwhile stays
    /// promised to both: it is the container that finds out.
    func hold(_ bindings: [NetworkBinding], for key: ContainerKey) {
        guard held.withLock({ $0[key] == nil }) else { return }
        for binding in bindings {
            let descriptor = cprocess_port_hold(
                Int32(binding.hostPort), binding.transport == .udp ? 1 : 0)
            if descriptor >= 0 { keep(descriptor, for: key) }
        }
    }

    func release(_ key: ContainerKey) {
        held.withLock { $0.removeValue(forKey: key) }?.forEach { close($0) }
    }

    private func keep(_ descriptor: Int32, for key: ContainerKey) {
        held.withLock { $0[key, default: []].append(descriptor) }
    }

    private func take(_ mapping: PortMapping, for key: ContainerKey) throws(RuntimeError) -> Int {
        if mapping.hostPort != 0 {
            let code = tryTake(mapping.hostPort, mapping, for: key)
            guard code == 0 else { throw refusal(mapping, key, code) }
            return mapping.hostPort
        }
        let start = Int.random(in: range)
        for port in Array(start...range.upperBound) + Array(range.lowerBound..<start)
        where tryTake(port, mapping, for: key) == 0 {
            return port
        }
        throw .cannotStart(
            "no free host port in \(range.lowerBound)-\(range.upperBound) for container port "
                + "\(mapping.containerPort) of \(key.name). Stop some tasks or other programs.")
    }

    /// 0, or the errno that tells why not.
    private func tryTake(_ port: Int, _ mapping: PortMapping, for key: ContainerKey) -> Int32 {
        guard (1...65_535).contains(port) else { return EINVAL }
        let udp: Int32 = mapping.transport == .udp ? 1 : 0
        let descriptor = cprocess_port_hold(Int32(port), udp)
        guard descriptor >= 0 else { return -descriptor }
        // A server may take a fixed port over from its predecessor; a fresh one should be clean.
        let code = cprocess_port_probe(Int32(port), udp, mapping.hostPort == 0 ? 0 : 1)
        guard code == 0 else {
            close(descriptor)
            return -code
        }
        keep(descriptor, for: key)
        return 0
    }

    private func refusal(
        _ mapping: PortMapping, _ key: ContainerKey, _ code: Int32
    ) -> RuntimeError {
        let port = "host port \(mapping.hostPort)/\(mapping.transport.rawValue) of \(key.name)"
        switch code {
        case EADDRINUSE:
            return .cannotStart(
                "\(port) is taken on this machine, by another task or program. Free it, or set "
                    + "hostPort to 0 for a port of the worker's choice.")
        case EACCES:
            return .cannotStart(
                "\(port) needs root. Run the worker as root, or choose a port from 1024 on.")
        default:
            return .cannotStart("\(port) can't be had: \(String(cString: strerror(code))).")
        }
    }
}
