import CRI
import Glibc
import Model

/// Keeps the files of containers' output within their bound: what is full becomes the one before,
/// and containerd begins another.
struct OutputRotation: Sendable {
    private static let period = Duration.seconds(10)

    let client: CRIClient
    let pods: Pods
    let data: DataFolder
    let bytesMaximum: Int

    /// Goes on until it is cancelled.
    @concurrent
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.period)
            await rotate()
        }
    }

    func rotate() async {
        for (id, key) in pods.running {
            let path = "\(data.container(key).path)/\(PodPlan.output)"
            guard Files.size(path) >= bytesMaximum, rename(path, path + ".1") == 0 else {
                continue
            }
            try? await client.call(.reopenContainerLog, Name(id))
        }
    }
}
