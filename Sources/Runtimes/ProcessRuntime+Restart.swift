import Glibc
import Model

/// That a container is started again, and the end that it is started after.
struct RestartRecord: Hashable, Sendable {
    /// How often, this time included.
    var number: Int
    /// When that run ended.
    var after: WallTime
    /// The pid that it had.
    var pid: pid_t

    init(number: Int, after: WallTime, pid: pid_t) {
        self.number = number
        self.after = after
        self.pid = pid
    }

    init?(_ record: Record) {
        guard let number: Int = record.number("number"), let after: Int64 = record.number("after"),
            let pid: pid_t = record.number("pid")
        else { return nil }
        self.init(number: number, after: WallTime(milliseconds: after), pid: pid)
    }

    var bytes: [UInt8] {
        Array("number \(number)\nafter \(after.milliseconds)\npid \(pid)\n".utf8)
    }
}

extension ContainerFolder {
    func restart() throws(SystemError) -> RestartRecord? {
        try Files.read(path + "/restart").flatMap { RestartRecord(Record($0)) }
    }

    /// Makes a container that is to be started again a prepared one: the records of the run that
    /// ended go. Whoever dies in between leaves what is finished here the next time.
    func settleRestart() throws(SystemError) {
        guard let restart = try restart(), let exit = try exit(), exit.finished == restart.after,
            try started().map({ $0.pid == restart.pid }) ?? true
        else { return }
        // Without an end a start would be a run whose end nobody saw: so the start goes first.
        Files.remove(path + "/started")
        try Files.sync(path)
        Files.remove(path + "/exit")
        try Files.sync(path)
    }
}

extension ProcessRuntime {
    /// The wish is on disk before the old run's records go, so that it is asked for once.
    func restartNow(_ key: ContainerKey, _ number: Int) throws(RuntimeError) -> StartedContainer {
        let folder = data.container(key)
        try telling(RuntimeError.cannotStart) {
            let record = try preparedRecord(key)
            let done = try folder.restart()?.number ?? 0
            if done < number, let exit = try folder.exit(), let started = try folder.started(),
                try folder.supervisor() == nil
            {
                let restart = RestartRecord(number: number, after: exit.finished, pid: started.pid)
                try Files.write(restart.bytes, as: "restart", in: folder.path)
            }
            try folder.settleRestart()
            ports.hold(record.bindings(of: key.name), for: key)
        }
        return try startNow(key)
    }

    /// Whether a container may start again, so that its ports stay its own when it ends.
    func mayRestart(_ key: ContainerKey) -> Bool {
        (try? preparedRecord(key).definition(of: key.name))?.restartPolicy != nil
    }
}
