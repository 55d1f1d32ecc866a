import Chaos
import Foundation
import Glibc
import Model
import Runtimes

/// Makes faults happen to the nodes of a local cluster, and undoes them.
final class FaultActs {
    private let nodes: [String: LocalNode]
    /// Each worker's way to its manager, where it has one of ours.
    private let links: [String: Link]
    /// What goes on for as long as a fault lasts.
    private var repeated: [Fault: Task<Void, Never>] = [:]

    /// - Parameter nodes: By name; the manager is ``Fault/manager``.
    init(nodes: [String: LocalNode], links: [String: Link] = [:]) {
        self.nodes = nodes
        self.links = links
    }

    /// Who begins a fault ends it, also when this throws: part of it may have happened.
    ///
    /// - Returns: Whether there was anything to break.
    /// - Throws: ``Failure`` when it can't be done here, with the reason.
    func begin(_ fault: Fault) throws(Failure) -> Bool {
        let node = try node(fault)
        switch fault.kind {
        case .killHost: node.cutPower()
        case .killAgent, .killManager: node.dismiss()
        case .freeze, .freezeManager: try setStill(true, node, fault)
        case .slowCPU: repeated[fault] = slow(try running(node, fault))
        case .partition, .delay: try link(fault).set(Self.state(of: fault))
        case .drop: repeated[fault] = dropping(try link(fault))
        case .crashContainer: return try crash(node)
        }
        return true
    }

    func end(_ fault: Fault) throws(Failure) {
        let node = try node(fault)
        switch fault.kind {
        case .killHost, .killAgent, .killManager: try node.start()
        case .freeze, .freezeManager: try setStill(false, node, fault)
        case .slowCPU:
            repeated.removeValue(forKey: fault)?.cancel()
            node.process?.signal(SIGCONT)
        case .partition, .delay: try link(fault).set(Link.State())
        case .drop: repeated.removeValue(forKey: fault)?.cancel()
        case .crashContainer: return
        }
    }

    private static func state(of fault: Fault) -> Link.State {
        guard fault.kind == .partition else { return Link.State(late: fault.by) }
        return Link.State(
            passesToManager: fault.direction == .fromManager,
            passesFromManager: fault.direction == .toManager)
    }

    // MARK: Where

    private func node(_ fault: Fault) throws(Failure) -> LocalNode {
        guard let node = nodes[fault.target] else {
            throw Failure(.noInput, "There is no \(fault.target) here.")
        }
        return node
    }

    private func running(_ node: LocalNode, _ fault: Fault) throws(Failure) -> ProcessHandle {
        _ = node.look()
        guard let process = node.process else {
            throw Failure(.unavailable, "\(fault): \(node.name) is not running.")
        }
        return process
    }

    private func link(_ fault: Fault) throws(Failure) -> Link {
        guard let link = links[fault.target] else {
            throw Failure(
                .unavailable,
                "\(fault): the link of \(fault.target) can't be touched, since it is this "
                    + "machine's loopback. The workers of `muster chaos run` have links of their "
                    + "own.")
        }
        return link
    }

    // MARK: How

    private func setStill(
        _ isStill: Bool, _ node: LocalNode, _ fault: Fault
    ) throws(Failure) {
        guard node.host == nil else {
            throw Failure(
                .unavailable, "\(fault): a simulated host with a containerd can't be frozen yet.")
        }
        if isStill {
            try running(node, fault).signal(SIGSTOP)
        }
        if !fault.kind.isOfManager {
            do throws(RuntimeError) {
                try LocalContainers.setStill(isStill, dataFolder: node.folder.path)
            } catch {
                throw Failure(
                    .io, "\(fault): its containers can't all be found: \(error.reason)")
            }
        }
        guard !isStill else { return }
        // Another process may have taken the place of the one that was frozen.
        _ = node.look()
        _ = node.look()
        node.process?.signal(SIGCONT)
    }

    private func crash(_ node: LocalNode) throws(Failure) -> Bool {
        do throws(RuntimeError) {
            return try LocalContainers.crashOne(dataFolder: node.folder.path) != nil
        } catch {
            throw Failure(.io, "The containers of \(node.name) can't be found: \(error.reason)")
        }
    }

    /// A tenth of a processor: it stands still for nine of ten parts of a tenth of a second.
    private func slow(_ process: ProcessHandle) -> Task<Void, Never> {
        Task.detached {
            while !Task.isCancelled {
                process.signal(SIGSTOP)
                try? await Task.sleep(for: .milliseconds(90))
                process.signal(SIGCONT)
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func dropping(_ link: Link) -> Task<Void, Never> {
        Task.detached {
            while !Task.isCancelled {
                link.breakConnections()
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }
}
