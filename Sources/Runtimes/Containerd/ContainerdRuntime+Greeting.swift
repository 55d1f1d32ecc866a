import CRI
import Glibc
import Logging
import RPC

// Whether there is a containerd to work with, and what to do if not.
extension ContainerdRuntime {
    static let howToInstall =
        "On Debian or Ubuntu: apt-get install containerd runc containernetworking-plugins; then "
        + "systemctl start containerd."

    static func checkSocket(_ path: String) throws(RuntimeError) {
        guard path.utf8.count < 108 else {
            throw RuntimeError(
                name: unavailable,
                message: "the path of containerd's socket, \(path), is longer than the 107 bytes "
                    + "that a socket's may have.")
        }
        guard access(path, F_OK) == 0 else {
            throw RuntimeError(
                name: unavailable,
                message: "there is no containerd at \(path). \(howToInstall) Or name its socket: "
                    + "--runtime containerd://PATH.")
        }
        guard access(path, R_OK | W_OK) == 0 else {
            throw RuntimeError(
                name: unavailable,
                message: "this user may not use containerd's socket \(path). Run the worker as "
                    + "root.")
        }
    }

    /// Makes the data folder, unless it is another runtime's, whose tasks would be lost sight of.
    static func prepareFolder(_ data: DataFolder) throws(RuntimeError) {
        try telling(RuntimeError.cannotCreate) {
            try Files.makeFolder(data.tasks, mode: 0o711)
            for task in try data.taskIDs()
            where Files.exists("\(data.task(task))/\(TaskRecord.file)") {
                throw RuntimeError(
                    name: unavailable,
                    message: "the folder \(data.path) holds tasks of the runtime process. Choose "
                        + "another, or start the worker with --runtime process and --stop-tasks "
                        + "and stop it first.")
            }
        }
    }

    /// Asks containerd who it is, whether it can run anything, and who makes control groups.
    static func greet(
        _ client: CRIClient, _ socket: String, _ logger: Logger
    ) async throws(RuntimeError) -> CgroupDriver {
        do throws(RPCError) {
            let version: RuntimeVersion = try await client.call(
                .version, Name(""), timeout: greetingPatience)
            let answer: StatusAnswer = try await client.call(
                .status, StatusQuestion(), timeout: greetingPatience)
            logger.info(
                "containerd answers",
                metadata: ["socket": "\(socket)", "version": "\(version.version)"])
            for condition in answer.status?.conditions ?? [] where !condition.isMet {
                logger.warning(
                    "containerd is not wholly ready",
                    metadata: ["what": "\(condition.type)", "why": "\(condition.text)"])
            }
            return CgroupDriver(answer.info)
        } catch {
            let advice =
                error.code == .unimplemented
                ? "Its CRI plugin is off: take cri out of disabled_plugins in "
                    + "/etc/containerd/config.toml and restart it; version 1.6 or later is needed."
                : howToInstall
            throw RuntimeError(
                name: unavailable,
                message: "containerd at \(socket) does not answer: \(error.message). \(advice)")
        }
    }

    /// One that restarts is away for a second or two, and needs more to find its containers again.
    @concurrent
    public func fault() async -> String? {
        let answer: StatusAnswer
        do throws(RPCError) {
            answer = try await client.call(.status, Name(""), timeout: Self.examinationPatience)
        } catch {
            return "containerd at \(configuration.socket) does not answer: \(error.message). See "
                + "systemctl status containerd."
        }
        let unmet = answer.status?.conditions.first { condition in
            !condition.isMet && Self.needed.contains(condition.type)
        }
        guard let unmet else { return nil }
        return "containerd at \(configuration.socket) is not ready (\(unmet.type): \(unmet.text))."
    }

    /// Others tell of what is not as it should be and hinders nothing, such as deprecated settings.
    private static let needed = ["RuntimeReady", "NetworkReady"]

    private static let examinationPatience = Duration.seconds(8)

    /// A containerd that starts with the worker has its containers to find first.
    private static let greetingPatience = Duration.seconds(30)

    private static var unavailable: String { "RuntimeUnavailableError" }
}
