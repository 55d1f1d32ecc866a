import Glibc
import Model

// What of a task's lies on the host's disk.
extension ContainerdRuntime {
    /// Makes the containers' folders, the files that are made for them, and the volumes.
    func makeFolders(_ plan: PodPlan) async throws(RuntimeError) {
        let data = data
        try await lanes.run(plan.spec.id) { () throws(RuntimeError) in
            try telling(RuntimeError.cannotCreate) {
                for container in plan.spec.containers {
                    let key = ContainerKey(task: plan.spec.id, name: container.name)
                    let folder = data.container(key).path
                    try Files.makeFolder(folder, mode: 0o711)
                    try Self.makeFiles(for: container, in: folder)
                }
            }
            try telling(RuntimeError.cannotCreateVolume) {
                for volume in plan.volumes { try Self.make(volume, at: plan.hostPath(of: volume)) }
            }
        }
    }

    private static func makeFiles(
        for container: ContainerDefinition, in folder: String
    ) throws(SystemError) {
        guard let setup = container.setup else { return }
        for file in GeneratedFile.all(for: setup) {
            let own = String(decoding: try Files.read(file.path) ?? [], as: UTF8.self)
            let text = file.text(from: own, setup)
            try Files.write(Array(text.utf8), as: file.name, in: folder)
            // Whoever the container's processes are.
            guard chmod("\(folder)/\(file.name)", 0o644) == 0 else {
                throw SystemError("can't open \(folder)/\(file.name) to readers")
            }
        }
    }

    /// A path of the host's that is not there is made by containerd.
    private static func make(_ volume: Volume, at path: String) throws {
        guard volume.kind != .host, !Files.exists(path) else { return }
        guard volume.kind != .existing else {
            throw RuntimeError(
                name: RuntimeError.cannotCreateVolume,
                message: "there is no volume \(volume.name) on this worker, and autoprovision is "
                    + "off. Make the folder \(path), or set autoprovision.")
        }
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        // Only containers come here, whoever their processes are.
        try Files.makeFolder(parent, mode: 0o700)
        try Files.makeFolder(path, mode: 0o777)
        guard chmod(path, 0o777) == 0 else { throw SystemError("can't open \(path) to writers") }
    }

    /// Mounts what of a container's is in memory, empty, in place of what its run before had.
    func mountMemory(of definition: ContainerDefinition, _ plan: PodPlan) async throws(RuntimeError)
    {
        let mounts = try plan.memoryMounts(of: definition)
        guard !mounts.isEmpty else { return }
        guard hasMemoryMounts else {
            throw .cannotCreate(
                "containerd does not see what this worker mounts, and would give container "
                    + "\(definition.name) the disk for its tmpfs: they are in different mount "
                    + "namespaces.")
        }
        let folder = plan.memoryFolder(of: definition.name)
        try await lanes.run(plan.spec.id) { () throws(RuntimeError) in
            try telling(RuntimeError.cannotCreate) {
                try MemoryMount.removeAll(below: folder)
                for mount in mounts { try mount.make() }
            }
        }
    }

    /// Keeps a removed task's output within its bounds, and nothing else of its folder.
    func forget(_ task: TaskID) async throws(RuntimeError) {
        let (data, finished) = (data, finished)
        // A large volume holds up no other task's stop.
        try await disposals.run(task) { () throws(RuntimeError) in
            let memory = "\(data.task(task))/\(PodPlan.memory)"
            if Files.exists(memory) {
                try telling(RuntimeError.cannotRemove) {
                    try MemoryMount.removeAll(below: memory)
                }
                Files.remove(memory)
            }
            Files.remove("\(data.task(task))/\(PodPlan.volumes)")
        }
        try await lanes.run(task) { () throws(RuntimeError) in
            try telling(RuntimeError.cannotRemove) {
                guard Files.exists(data.task(task)) else { return }
                do {
                    try finished.take(task)
                } catch {
                    // Where there is no room to keep the output, removing it makes some.
                    Files.remove(data.task(task))
                    if Files.exists(data.task(task)) { throw error }
                }
            }
        }
    }
}
