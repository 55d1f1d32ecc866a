import Model
import Runtimes

/// What runs a worker's containers.
enum RuntimeChoice: Equatable, Sendable {
    case process
    /// By its socket.
    case containerd(String)

    /// Reads `process`, `containerd` and `containerd://SOCKET`.
    init(_ text: String) throws(Complaint) {
        switch text {
        case "process": self = .process
        case "containerd": self = .containerd(ContainerdRuntime.Configuration.socketDefault)
        default:
            let prefix = "containerd://"
            guard text.hasPrefix(prefix + "/") else {
                throw Complaint(
                    "there is no runtime '\(text)'. There are: process, containerd and "
                        + "containerd:///path/of/containerd.sock.")
            }
            self = .containerd(String(text.dropFirst(prefix.count)))
        }
    }
}

extension WorkerPlan {
    /// What has no meaning with the runtime that was chosen.
    func checkRuntime() throws(Failure) {
        guard case .containerd = runtime else { return }
        if imageMap != nil {
            throw Failure(
                .usage,
                "--image-map says which command stands for an image, but the runtime containerd "
                    + "runs images themselves. Leave it out.")
        }
        if resources.gpus > 0 {
            throw Failure(.usage, "The runtime containerd gives containers no GPUs yet.")
        }
    }
}
