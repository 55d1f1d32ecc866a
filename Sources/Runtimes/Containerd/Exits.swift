import CRI
import Model

/// What containerd says of a container's end, in our words.
extension ContainerExit {
    init(_ status: ContainerDetails) {
        let code = Int(status.exitCode)
        let finished =
            status.finishedAt > 0
            ? WallTime(milliseconds: status.finishedAt / 1_000_000) : WallTime.now()
        switch (status.reason, code) {
        case ("OOMKilled", 137):
            self.init(
                code: code,
                reason: "OutOfMemoryError: The container was killed because it, or its task, had "
                    + "no memory left.", finishedAt: finished)
        case ("Unknown", _):
            self.init(
                code: nil, reason: "The host restarted while the container ran.",
                finishedAt: finished)
        case ("StartError", _):
            self.init(
                code: nil, reason: "\(RuntimeError.cannotStart): \(status.text)",
                finishedAt: finished)
        default:
            self.init(code: code, finishedAt: finished)
        }
    }

    /// Of a container that containerd does not know any more.
    static func gone() -> ContainerExit {
        ContainerExit(
            code: nil,
            reason: "containerd does not know the container any more: it was removed "
                + "from outside.", finishedAt: .now())
    }
}
