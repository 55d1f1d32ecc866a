import Glibc
import Model

extension ProcessRuntime {
    /// Checks all that can be told before a start, so that a task that can't run here is refused
    /// whole, then keeps the spec. The spec comes last: without it the folder counts for nothing.
    func prepareNow(_ spec: TaskSpec) throws(RuntimeError) {
        for container in spec.containers where !DataFolder.isFileName(container.name) {
            throw .cannotCreate(
                "\"\(container.name)\" can't name a container: use letters, digits, - and _.")
        }
        let folder = data.task(spec.id)
        let known = try telling(RuntimeError.cannotCreate) { try TaskRecord.read(from: folder) }
        guard known == nil else { return }
        let record = TaskRecord(spec: spec, bindings: try ports.choose(for: spec))
        do {
            try telling(RuntimeError.cannotCreate) {
                for container in spec.containers {
                    let plan = try LaunchPlan(container, of: record, on: host)
                    let key = ContainerKey(task: spec.id, name: container.name)
                    try makeFolder(data.container(key), for: plan.user)
                }
                try record.write(to: folder)
                try Files.sync(data.tasks)
            }
        } catch {
            for container in spec.containers {
                ports.release(ContainerKey(task: spec.id, name: container.name))
            }
            Files.remove(folder)
            throw error
        }
    }

    private func makeFolder(
        _ folder: ContainerFolder, for user: ResolvedUser?
    ) throws(SystemError) {
        try Files.makeFolder(folder.path, mode: 0o711)
        try Files.makeFolder(folder.work, mode: 0o755)
        if let user, chown(folder.work, user.uid, user.gid) != 0 {
            throw SystemError("can't give \(folder.work) to user \(user.uid)")
        }
    }
}
