import CProcess
import Glibc

/// The processes that a command started: those of its session that are in its container.
///
/// Containerd may number processes otherwise than this worker sees them. What is of another
/// container, whose control group has another name, is nobody's here.
struct CommandSession: Sendable {
    /// The command's own pid, as containerd tells it.
    let leader: UInt32
    /// The container's id, of which its control group has its name.
    let container: String

    /// How often those are looked for that were forked meanwhile.
    private static let looksMaximum = 10

    /// Kills those that there are.
    func kill() {
        for _ in 0..<Self.looksMaximum {
            let found = Leftovers.processes().filter {
                $0.session == leader && isInContainer($0.pid)
            }
            if found.isEmpty { return }
            for process in found { Glibc.kill(process.pid, SIGKILL) }
        }
    }

    private func isInContainer(_ pid: pid_t) -> Bool {
        let groups = (try? Files.read("/proc/\(pid)/cgroup")).flatMap { $0 } ?? []
        return String(decoding: groups, as: UTF8.self).contains(container)
    }
}
