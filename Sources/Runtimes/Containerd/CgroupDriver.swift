import CRI
import FoundationEssentials

/// Who makes containers' control groups, as containerd is configured: runc itself, which is told
/// paths, or systemd, which is told the names of slices.
enum CgroupDriver: Hashable, Sendable {
    case cgroupfs
    case systemd

    private struct Configuration: Decodable {
        struct Containerd: Decodable {
            var defaultRuntimeName: String?
            var runtimes: [String: Runtime]?
        }
        struct Runtime: Decodable {
            var options: Options?
        }
        struct Options: Decodable {
            var SystemdCgroup: Bool?
        }
        var containerd: Containerd?
    }

    /// - Parameter info: of a verbose status. What says nothing is runc's own default.
    init(_ info: [Pair]) {
        let text = info.first { $0.key == "config" }?.value ?? ""
        let containerd = (try? JSONDecoder().decode(Configuration.self, from: Data(text.utf8)))?
            .containerd
        let options = containerd?.runtimes?[containerd?.defaultRuntimeName ?? "runc"]?.options
        self = options?.SystemdCgroup == true ? .systemd : .cgroupfs
    }

    /// The group of one task of a worker, as containerd is told it.
    func parent(worker: String, task: String) -> String {
        switch self {
        case .cgroupfs: "/\(worker)/\(task)"
        case .systemd: "\(worker)-\(task).slice"
        }
    }

    /// Where that is in a hierarchy: systemd puts `a-b.slice` into `a.slice`.
    func path(of parent: String) -> String {
        guard self == .systemd else { return parent }
        let parts = parent.dropLast(".slice".count).split(separator: "-")
        return parts.indices.map { "/" + parts[...$0].joined(separator: "-") + ".slice" }.joined()
    }

    /// Where a container is in its parent.
    func name(of container: String) -> String {
        self == .systemd ? "cri-containerd-\(container).scope" : container
    }
}
