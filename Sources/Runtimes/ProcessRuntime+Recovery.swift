import Glibc
import Logging
import Model

extension ProcessRuntime {
    /// What is true of one task now; `nil` for what no `prepare` completed.
    func find(_ task: TaskID) throws(RuntimeError) -> FoundTask? {
        try telling(RuntimeError.cannotInspect) { () throws -> FoundTask? in
            let path = data.task(task)
            let record: TaskRecord
            do {
                guard let found = try TaskRecord.read(from: path) else {
                    Files.remove(path)
                    return nil
                }
                record = found
            } catch let error as SystemError where error.code == EILSEQ {
                // What it ran is not known, so that nothing of it may run; but its folder stays,
                // so that the same task can't run a second time.
                logger.error(
                    "ending the containers of a task whose spec is not one",
                    metadata: ["task": "\(task)", "error": "\(error)"])
                for folder in try data.containers(of: task) { try end(folder) }
                return nil
            }
            return FoundTask(
                spec: record.spec,
                containers: try record.spec.containers.map { try find($0.name, record) })
        }
    }

    private func find(_ name: String, _ record: TaskRecord) throws -> FoundContainer {
        let folder = data.container(ContainerKey(task: record.spec.id, name: name))
        let state = try state(of: folder, record)
        switch state {
        case .prepared:
            ports.hold(record.bindings(of: name), for: folder.key)
        case .running:
            ports.hold(record.bindings(of: name), for: folder.key)
            // Where it has ended since, the end comes as an event all the same.
            watchExit(folder, try folder.supervisor())
            // An agent may have died between the wish and the signal. A second one does no harm.
            if folder.stopRequested, let supervisor = try folder.supervisor() {
                supervisor.signal(SIGTERM)
            }
        case .exited:
            guard record.definition(of: name)?.restartPolicy != nil else { break }
            ports.hold(record.bindings(of: name), for: folder.key)
        }
        return FoundContainer(
            name: name, state: state, stopRequested: folder.stopRequested,
            restarts: try folder.restart()?.number ?? 0)
    }

    /// What is true of one container, from its folder alone. Settles what a dead supervisor left.
    func state(
        of folder: ContainerFolder, _ record: TaskRecord
    ) throws -> FoundContainer.State {
        try folder.settleRestart()
        if try folder.exit() == nil, let supervisor = try folder.supervisor() {
            if let started = try decided(folder, supervisor) {
                return .running(startedContainer(folder.key.name, started, record))
            }
        }
        // The end may have come between the looks at the record and at the lock.
        let started = try folder.started()
        var exit = try folder.exit()
        if exit == nil, let started {
            // A supervisor on its way may have taken the lock since the look at it.
            if try folder.supervisor() != nil {
                return .running(startedContainer(folder.key.name, started, record))
            }
            exit = try folder.exit() ?? lose(folder)
        }
        guard let exit else { return .prepared }
        return .exited(
            started.map { startedContainer(folder.key.name, $0, record) }, exit.containerExit)
    }

    /// Waits for a supervisor that has just begun to record its container's process.
    private func decided(
        _ folder: ContainerFolder, _ supervisor: borrowing Supervisor
    ) throws -> StartedRecord? {
        for _ in 0..<1_000 {
            if let started = try folder.started() { return started }
            if supervisor.hasEnded(within: 5) { return nil }
        }
        // It hangs before its container: nothing has run, and now nothing will.
        supervisor.signal(SIGKILL)
        _ = supervisor.hasEnded(within: 1_000)
        return nil
    }

    /// A supervisor died without a word: ends what is left of its container and records that nobody
    /// can know the exit code.
    func lose(_ folder: ContainerFolder) -> ExitRecord {
        var reason = "The container's supervisor was killed, and the container with it."
        do {
            if let started = try folder.started() {
                if started.boot != currentBoot() {
                    reason = "The host restarted while the container ran."
                }
                Leftovers.kill([Leftovers.Target(folder, started)])
            }
            cgroups.remove(folder.key)
            let exit = ExitRecord(reason: reason)
            try folder.write(exit)
            return exit
        } catch {
            logger.error(
                "can't record a container's end",
                metadata: [
                    "task": "\(folder.key.task)", "container": "\(folder.key.name)",
                    "error": "\(error)",
                ])
            return ExitRecord(reason: reason)
        }
    }
}
