import Glibc

/// What a host's loss of power does to its containers.
public enum PowerLoss {
    /// Kills every supervisor and every process of every container below a worker's data folder, at
    /// once, with SIGKILL, so that no container leaves an exit code.
    ///
    /// The worker's agent must be dead already: a live one would see the deaths and tell of them.
    ///
    /// - Parameter dataFolder: as given to ``ProcessRuntime``.
    /// - Returns: how many containers ran.
    /// - Throws: when the folder can't be read; what could be found is dead then.
    @discardableResult
    public static func cut(dataFolder: String) throws(RuntimeError) -> Int {
        let data = DataFolder(path: dataFolder)
        return try telling("PowerLossError") {
            var folders: [ContainerFolder] = []
            for task in try data.taskIDs() { folders += try data.containers(of: task) }
            // Supervisors first, all of them: a container that dies before its supervisor would get
            // an exit record.
            var running = 0
            for folder in folders {
                guard let supervisor = try folder.supervisor() else { continue }
                supervisor.signal(SIGKILL)
                running += 1
            }
            for folder in folders {
                if let supervisor = try folder.supervisor() {
                    _ = supervisor.hasEnded(within: 2_000)
                }
            }
            var targets: [Leftovers.Target] = []
            for folder in folders where try folder.exit() == nil {
                if let started = try folder.started() {
                    targets.append(Leftovers.Target(folder, started))
                }
            }
            Leftovers.kill(targets)
            return running
        }
    }
}
