import CProcess
import Glibc
import Model

/// Where everything of this runtime lies, below the worker's data folder:
///
/// - `tasks/TASK/spec.json`: the prepared task with its host ports
/// - `tasks/TASK/CONTAINER/`: see ``ContainerFolder``
/// - `lease/until`: see ``LeaseFile``
/// - `volumes/NAME`: what tasks share, by the runtime containerd
/// - `finished/TASK/CONTAINER/`: captured output of removed tasks
/// - `commands/ID/`: see ``CommandPipes``
struct DataFolder: Sendable {
    let path: String

    /// A relative path is taken from the working directory of now: a supervisor has another one.
    init(path: String) {
        guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else {
            self.path = path
            return
        }
        defer { free(current) }
        self.path = String(cString: current) + "/" + path
    }

    var tasks: String { path + "/tasks" }
    var finished: String { path + "/finished" }
    var lease: String { path + "/lease" }
    var commands: String { path + "/commands" }
    var volumes: String { path + "/volumes" }

    func task(_ id: TaskID) -> String { "\(tasks)/\(id)" }
    func finished(_ id: TaskID) -> String { "\(finished)/\(id)" }

    func container(_ key: ContainerKey) -> ContainerFolder {
        ContainerFolder(key: key, path: "\(task(key.task))/\(key.name)")
    }

    func taskIDs() throws(SystemError) -> [TaskID] {
        try Files.names(in: tasks).compactMap { TaskID($0) }
    }

    /// Whether it can name a folder anywhere.
    static func isFileName(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The containers that have a folder, also where the spec can't be read.
    func containers(of task: TaskID) throws(SystemError) -> [ContainerFolder] {
        try Files.names(in: self.task(task))
            .map { container(ContainerKey(task: task, name: $0)) }
            .filter { Files.exists($0.path + "/.") }
    }
}

/// One container's folder: `launch`, `lock`, `started`, `stop`, `exit`, the captured output, and
/// `work`, the working directory of a container that names none.
struct ContainerFolder: Sendable {
    let key: ContainerKey
    let path: String

    var work: String { path + "/work" }

    func started() throws(SystemError) -> StartedRecord? {
        try Files.read(path + "/started").flatMap { StartedRecord(Record($0)) }
    }

    func exit() throws(SystemError) -> ExitRecord? {
        try Files.read(path + "/exit").flatMap { ExitRecord(Record($0)) }
    }

    var stopRequested: Bool { Files.exists(path + "/stop") }

    func write(_ exit: ExitRecord) throws(SystemError) {
        try Files.write(exit.bytes, as: "exit", in: path)
    }

    func writeStop(milliseconds: Int64) throws(SystemError) {
        try Files.write(Array(String(milliseconds).utf8), as: "stop", in: path)
    }

    /// The supervisor that lives now, if any: the process that holds the lock.
    func supervisor() throws(SystemError) -> Supervisor? {
        let lock = open(path + "/lock", O_RDONLY | O_CLOEXEC)
        guard lock >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError("can't open \(path)/lock")
        }
        defer { close(lock) }
        while true {
            let owner = cprocess_lock_owner(lock)
            guard owner > 0 else { return nil }
            let pidfd = cprocess_pidfd_open(owner)
            if pidfd == -ESRCH { continue }
            try checked(pidfd, "can't watch process \(owner)")
            // The number may have passed to another process before the pidfd was open.
            if cprocess_lock_owner(lock) == owner { return Supervisor(owning: pidfd) }
            close(pidfd)
        }
    }
}
