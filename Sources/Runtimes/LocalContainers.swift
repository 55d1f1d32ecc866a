import CProcess
import Glibc

/// The containers that live below a worker's data folder as processes of this host, for who makes
/// them suffer: the runtime itself need not know.
public enum LocalContainers {
    /// How many there are.
    ///
    /// - Throws: When the folder can't be read.
    public static func count(dataFolder: String) throws(RuntimeError) -> Int {
        try telling("LocalContainersError") { try living(dataFolder).count }
    }

    /// Lets every supervisor and every process of every container stand still, or go on.
    ///
    /// - Returns: How many processes were told so.
    /// - Throws: When the folder can't be read.
    @discardableResult
    public static func setStill(_ isStill: Bool, dataFolder: String) throws(RuntimeError) -> Int {
        try telling("LocalContainersError") {
            let signal = isStill ? SIGSTOP : SIGCONT
            let living = try living(dataFolder) { $0.signal(signal) }
            let members = Leftovers.members(of: living.map(\.target))
            for process in members { Leftovers.signal(process, signal) }
            return living.count + members.count
        }
    }

    /// Kills the processes of one container, of those that run the first by name; its supervisor
    /// sees it die.
    ///
    /// - Returns: The container, as `task/name`; `nil` when none runs.
    /// - Throws: When the folder can't be read.
    public static func crashOne(dataFolder: String) throws(RuntimeError) -> String? {
        try telling("LocalContainersError") {
            guard let victim = try living(dataFolder).min(by: { $0.name < $1.name }) else {
                return nil
            }
            for process in Leftovers.members(of: [victim.target]) {
                Leftovers.signal(process, SIGKILL)
            }
            return victim.name
        }
    }

    private struct Living {
        var name: String
        var target: Leftovers.Target
    }

    private static func living(
        _ path: String, _ tell: (borrowing Supervisor) -> Void = { _ in }
    ) throws(SystemError) -> [Living] {
        let data = DataFolder(path: path)
        var all: [Living] = []
        for task in try data.taskIDs() {
            for folder in try data.containers(of: task) {
                guard let supervisor = try folder.supervisor(), let started = try folder.started()
                else { continue }
                tell(supervisor)
                all.append(
                    Living(
                        name: "\(task)/\(folder.key.name)",
                        target: Leftovers.Target(folder, started)))
            }
        }
        return all
    }
}
