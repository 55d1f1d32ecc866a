import DequeModule
import Model
import Synchronization

/// The captured output of removed tasks: the newest are kept, within a number and a size.
final class FinishedTasks: Sendable {
    private struct Kept {
        var path: String
        var bytes: Int
    }

    private struct State {
        /// The oldest first. To look at all their folders for each task that comes would take
        /// longer than to remove it.
        var tasks: Deque<Kept> = []
        var bytes = 0
    }

    private let data: DataFolder
    private let tasksMaximum: Int
    private let bytesMaximum: Int
    private let state = Mutex(State())

    init(data: DataFolder, tasksMaximum: Int, bytesMaximum: Int) {
        self.data = data
        self.tasksMaximum = tasksMaximum
        self.bytesMaximum = bytesMaximum
    }

    /// Finds what is there, before any other is taken, and strips what a crash left unstripped.
    func recover() {
        let folders = ((try? Files.names(in: data.finished)) ?? [])
            .map { (path: "\(data.finished)/\($0)", at: Files.changed("\(data.finished)/\($0)")) }
            .sorted { $0.at < $1.at }
        for folder in folders {
            if Files.exists("\(folder.path)/\(TaskRecord.file)") { strip(folder.path) }
            keep(folder.path)
        }
    }

    /// Takes a task's folder over, in one step, so that a crash leaves it here or there. Removes
    /// the oldest beyond the bounds.
    func take(_ task: TaskID) throws(SystemError) {
        try Files.makeFolder(data.finished, mode: 0o711)
        let destination = data.finished(task)
        // Left by a crash in the middle of an earlier removal of a folder by this name.
        if Files.exists(destination) { Files.remove(destination) }
        try Files.rename(data.task(task), to: destination)
        strip(destination)
        keep(destination)
    }

    /// Removes all but the captured output; the spec and the environment may hold secrets.
    private func strip(_ folder: String) {
        for container in (try? Files.names(in: folder)) ?? [] {
            for name in (try? Files.names(in: "\(folder)/\(container)")) ?? []
            where !name.contains(".log") {
                Files.remove("\(folder)/\(container)/\(name)")
            }
        }
        // Last: while it is there, `recover` knows that not all is gone.
        Files.remove("\(folder)/\(TaskRecord.file)")
    }

    private func keep(_ path: String) {
        let new = Kept(path: path, bytes: size(path))
        let removed = state.withLock { state in
            // One of an earlier removal, of which nothing is left.
            if let index = state.tasks.firstIndex(where: { $0.path == path }) {
                state.bytes -= state.tasks.remove(at: index).bytes
            }
            state.tasks.append(new)
            state.bytes += new.bytes
            var removed: [String] = []
            while state.tasks.count > tasksMaximum || state.bytes > bytesMaximum,
                let oldest = state.tasks.popFirst()
            {
                state.bytes -= oldest.bytes
                removed.append(oldest.path)
            }
            return removed
        }
        for path in removed { Files.remove(path) }
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
