import CProcess
import Glibc
import Model

/// Kills what a container left behind when its supervisor is gone.
///
/// The container's own process dies with its supervisor; its descendants do not. They are known by
/// the session and group of the container's process, or by the entries that Muster put into their
/// environment. Nothing that started before the container's process is ever touched.
enum Leftovers {
    struct Target {
        var started: StartedRecord
        var marks: [String]

        init(_ folder: ContainerFolder, _ started: StartedRecord) {
            self.started = started
            marks = [
                "MUSTER_TASK_ID=\(folder.key.task)", "MUSTER_CONTAINER_NAME=\(folder.key.name)",
            ]
        }
    }

    /// Kills all processes of the targets, and what they fork meanwhile. Returns when none is left,
    /// or after about two seconds with those that SIGKILL doesn't end.
    static func kill(_ targets: [Target]) {
        for _ in 0..<40 {
            let found = members(of: targets)
            if found.isEmpty { return }
            let killed = found.compactMap { open($0) }
            for pidfd in killed { cprocess_pidfd_signal(pidfd, SIGKILL) }
            for pidfd in killed {
                _ = cprocess_pidfd_wait(pidfd, 50)
                close(pidfd)
            }
        }
    }

    /// The processes of containers, zombies left out.
    static func members(of targets: [Target]) -> [cprocess_process] {
        let boot = currentBoot()
        let ours = targets.filter { $0.started.boot == boot }
        guard !ours.isEmpty else { return [] }
        return processes().filter { process in ours.contains { belongs(process, to: $0) } }
    }

    /// Signals the process that was found, unless the number has passed to another one.
    static func signal(_ process: cprocess_process, _ signal: Int32) {
        guard let pidfd = open(process) else { return }
        cprocess_pidfd_signal(pidfd, signal)
        close(pidfd)
    }

    /// All processes of the host but zombies, unless those are asked for.
    static func processes(withZombies: Bool = false) -> [cprocess_process] {
        let capacity = cprocess_list(nil, 0) + 256
        guard capacity > 256 else { return [] }
        var all = [cprocess_process](repeating: cprocess_process(), count: Int(capacity))
        let count = cprocess_list(&all, capacity)
        return all.prefix(Int(max(0, min(count, capacity)))).filter {
            withZombies || !isZombie($0)
        }
    }

    /// Whether it is dead, and its parent has yet to notice.
    static func isZombie(_ process: cprocess_process) -> Bool {
        process.state == CChar(UInt8(ascii: "Z"))
    }

    private static func belongs(_ process: cprocess_process, to target: Target) -> Bool {
        guard process.start >= target.started.start, process.pid != getpid() else { return false }
        if process.session == target.started.pid || process.group == target.started.pid {
            // The number is taken while its session lives. Where its leader is another process than
            // ours, the number was free in between and the session is a stranger's.
            var leader = cprocess_process()
            let code = cprocess_stat(target.started.pid, &leader)
            return code != 0 || leader.start == target.started.start
        }
        return target.marks.allSatisfy { cprocess_environment_has(process.pid, $0) == 1 }
    }

    /// Holds the process that was found, unless the number has passed to another one.
    private static func open(_ process: cprocess_process) -> Int32? {
        let pidfd = cprocess_pidfd_open(process.pid)
        guard pidfd >= 0 else { return nil }
        var now = cprocess_process()
        guard cprocess_stat(process.pid, &now) == 0, now.start == process.start else {
            close(pidfd)
            return nil
        }
        return pidfd
    }
}
