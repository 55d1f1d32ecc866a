import Dispatch
import Glibc
import Model

extension ProcessRuntime {
    /// Milliseconds that a start may take, for instance to reach a working directory on a network
    /// file system.
    private static let startMaximum: Int32 = 30_000

    /// How often an exit record is looked for, a second apart.
    private static let finishAttempts = 60

    /// Starting what runs already, as after an agent's death in the middle of a start, is no error.
    func startNow(_ key: ContainerKey) throws(RuntimeError) -> StartedContainer {
        let folder = data.container(key)
        do {
            return try telling(RuntimeError.cannotStart) {
                let record = try preparedRecord(key)
                switch try state(of: folder, record) {
                case .running(let started):
                    watchExit(folder, try folder.supervisor())
                    return started
                case .exited:
                    throw RuntimeError.cannotStart("container \(key.name) has already run.")
                case .prepared:
                    return try launch(folder, record)
                }
            }
        } catch {
            if !watch.isWatched(key) { ports.release(key) }
            throw error
        }
    }

    /// Off the lanes, which other tasks wait for: a program that gives secrets may be slow.
    func provideEnvironment(of key: ContainerKey) async throws(RuntimeError) {
        guard !environments.isPrepared(key.task) else { return }
        do throws(RuntimeError) {
            let definition = try await lanes.run(key.task) { () throws(RuntimeError) in
                try telling(RuntimeError.cannotStart) {
                    try self.preparedRecord(key).definition(of: key.name)
                }
            }
            if let definition { try await environments.provide(definition, of: key.task) }
        } catch {
            if !watch.isWatched(key) { ports.release(key) }
            throw error
        }
    }

    func preparedRecord(_ key: ContainerKey) throws -> TaskRecord {
        guard let record = try TaskRecord.read(from: data.task(key.task)),
            record.definition(of: key.name) != nil
        else {
            throw RuntimeError.cannotStart(
                "container \(key.name) of task \(key.task) was not prepared on this worker.")
        }
        return record
    }

    private func launch(_ folder: ContainerFolder, _ record: TaskRecord) throws -> StartedContainer
    {
        let key = folder.key
        if folder.stopRequested { throw stopped(key) }
        guard let prepared = record.definition(of: key.name) else { throw stopped(key) }
        let definition = try environments.completed(prepared, of: key.task)
        let plan = try LaunchPlan(definition, of: record, on: host)
        let cgroup = cgroups.make(for: key, definition, logger)
        let launch = plan.encoded(
            folder: folder, outputLimit: configuration.outputMaximum, cgroup: cgroup,
            leaseFile: LeaseFile.path(in: data.lease))
        if plan.lifeBeyondLease != nil { lease.settle() }
        try Files.write(launch, as: "launch", in: folder.path)
        let complaint: String
        let failure: RuntimeError?
        let recorded: StartedRecord?
        do {
            complaint = try Supervisor.launch(
                supervisorProgram, folder: folder.path, patience: Self.startMaximum)
            // From here on the disk tells what came of it.
            failure = try folder.exit()?.startFailure
            recorded = try folder.started()
            if failure == nil, recorded != nil { watchExit(folder, try folder.supervisor()) }
        } catch {
            // Nothing may run that the caller was told has failed.
            try end(folder)
            throw error
        }
        if let failure { throw failure }
        guard let recorded else {
            if folder.stopRequested { throw stopped(key) }
            let why = complaint.isEmpty ? "its supervisor died" : complaint
            throw RuntimeError.cannotStart("container \(key.name) did not start: \(why).")
        }
        return startedContainer(key.name, recorded, record)
    }

    private func stopped(_ key: ContainerKey) -> RuntimeError {
        .cannotStart("container \(key.name) was told to stop before it started.")
    }

    func startedContainer(
        _ name: String, _ started: StartedRecord, _ record: TaskRecord
    ) -> StartedContainer {
        StartedContainer(
            runtimeID: String(started.pid), startedAt: started.at,
            networkBindings: record.bindings(of: name))
    }

    /// Tells the container's end when its supervisor is gone; `nil` means that it is.
    func watchExit(_ folder: ContainerFolder, _ supervisor: consuming Supervisor?) {
        watch.add(folder.key, supervisor, on: lanes.lane(of: folder.key.task)) { [weak self] in
            self?.finish(folder)
        }
    }

    /// Runs on the task's lane when a supervisor has gone, and tells the container's end once. An
    /// exit record that can't be read now, as when no more files can be opened, is read later.
    private func finish(_ folder: ContainerFolder, attempts: Int = ProcessRuntime.finishAttempts) {
        guard watch.remove(folder.key) else { return }
        let exit: ExitRecord
        do {
            exit = try folder.exit() ?? lose(folder)
        } catch  where attempts > 1 {
            watch.add(folder.key, after: .seconds(1), on: lanes.lane(of: folder.key.task)) {
                [weak self] in self?.finish(folder, attempts: attempts - 1)
            }
            return
        } catch {
            exit = ExitRecord(reason: "The exit record can't be read: \(error).")
        }
        if !mayRestart(folder.key) { ports.release(folder.key) }
        teller.tell(.exited(folder.key, exit.containerExit))
    }
}
