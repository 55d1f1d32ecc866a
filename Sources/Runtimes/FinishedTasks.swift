import Model

/// The captured output of removed tasks: the newest are kept, within a number and a size.
struct FinishedTasks: Sendable {
    let data: DataFolder
    let tasksMaximum: Int
    let bytesMaximum: Int

    /// Takes a task's folder over, in one step, so that a crash leaves it here or there.
    func take(_ task: TaskID) throws(SystemError) {
        try Files.makeFolder(data.finished, mode: 0o711)
        let destination = data.finished(task)
        // Left by a crash in the middle of an earlier removal of a folder by this name.
        if Files.exists(destination) { Files.remove(destination) }
        try Files.rename(data.task(task), to: destination)
        strip(destination)
    }

    /// Removes all but the captured output; the spec and the environment may hold secrets.
    private func strip(_ folder: String) {
        for container in (try? Files.names(in: folder)) ?? [] {
            for name in (try? Files.names(in: "\(folder)/\(container)")) ?? []
            where !name.contains(".log") {
                Files.remove("\(folder)/\(container)/\(name)")
            }
        }
        // Last: while it is there, `prune` knows that not all is gone.
        Files.remove("\(folder)/\(TaskRecord.file)")
    }

    /// Removes the oldest beyond the bounds, and what a crash left unstripped.
    func prune() {
        let folders = ((try? Files.names(in: data.finished)) ?? [])
            .map { (path: "\(data.finished)/\($0)", at: Files.changed("\(data.finished)/\($0)")) }
            .sorted { $0.at > $1.at }
        var bytes = 0
        for (index, folder) in folders.enumerated() {
            if Files.exists("\(folder.path)/\(TaskRecord.file)") { strip(folder.path) }
            bytes += size(folder.path)
            if index >= tasksMaximum || bytes > bytesMaximum { Files.remove(folder.path) }
        }
    }

    private func size(_ folder: String) -> Int {
        var bytes = 0
        for container in (try? Files.names(in: folder)) ?? [] {
            for file in (try? Files.names(in: "\(folder)/\(container)")) ?? [] {
                bytes += Files.size("\(folder)/\(container)/\(file)")
            }
        }
        return bytes
    }
}
