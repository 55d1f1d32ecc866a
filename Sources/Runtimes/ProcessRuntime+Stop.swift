import Glibc
import Model

extension ProcessRuntime {
    func stopNow(_ key: ContainerKey, milliseconds: Int64) throws(RuntimeError) {
        let folder = data.container(key)
        try telling(RuntimeError.cannotStop) {
            guard Files.exists(folder.path), try folder.exit() == nil else { return }
            // First the wish, then the look at the lock: a supervisor on its way looks the other
            // way round, so that it sees the wish or is seen here.
            do {
                try folder.writeStop(milliseconds: milliseconds)
            } catch {
                // Without room for the wish a supervisor still heeds the signal, with the grace of
                // the container's definition.
                guard let supervisor = try folder.supervisor() else { throw error }
                supervisor.signal(SIGTERM)
                return
            }
            if let supervisor = try folder.supervisor() {
                supervisor.signal(SIGTERM)
            } else if try folder.started() == nil {
                ports.release(key)
            }
        }
    }

    func removeNow(_ task: TaskID) throws(RuntimeError) {
        try telling(RuntimeError.cannotRemove) {
            environments.forget(task)
            guard Files.exists(data.task(task)) else { return }
            for folder in try data.containers(of: task) {
                _ = watch.remove(folder.key)
                try end(folder)
                ports.release(folder.key)
                cgroups.remove(folder.key)
            }
            do {
                try finished.take(task)
            } catch {
                // Where there is no room to keep the output, removing it makes some.
                Files.remove(data.task(task))
                if Files.exists(data.task(task)) { throw error }
            }
        }
    }

    /// Brings a container to its end, by force, so that nothing of it runs or will run. Blocks for
    /// as long as that takes, usually some milliseconds.
    func end(_ folder: ContainerFolder) throws {
        if try folder.exit() == nil, try folder.supervisor() == nil {
            // A supervisor on its way will find this record and give up, or is seen below. Where
            // there is no room for the record, it has none for its own either, and gives up.
            let started = try folder.started()
            try? folder.write(ExitRecord(reason: "Removed before its end was known."))
            if let started { Leftovers.kill([Leftovers.Target(folder, started)]) }
        }
        guard let supervisor = try folder.supervisor() else { return }
        // Without room for it the end takes longer, but comes.
        try? folder.writeStop(milliseconds: 0)
        supervisor.signal(SIGTERM)
        // Longer than a supervisor waits for processes that SIGKILL doesn't end.
        if supervisor.hasEnded(within: 15_000) { return }
        supervisor.signal(SIGKILL)
        _ = supervisor.hasEnded(within: 1_000)
        if let started = try folder.started() {
            Leftovers.kill([Leftovers.Target(folder, started)])
        }
    }
}
