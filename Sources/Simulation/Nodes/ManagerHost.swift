import ManagerCore
import Model

/// A call as the manager's core numbers it.
typealias ManagerCall = CallID

/// The manager's host: what outlives its process, and the process.
struct ManagerHost {
    var clock: HostClock
    var disk = Disk()
    /// Runs of the process so far; the current one has this number.
    var run: UInt64 = 0
    var process: ManagerProcess?

    init(clock: HostClock) {
        self.clock = clock
    }
}

/// What is in the memory of a run of the manager: the real core in its real loop, its real leases
/// and its real book of sessions, with the inbox and the callers that the shell keeps around them.
final class ManagerProcess {
    enum Caller {
        case request(client: Int, request: Int, attempt: Int)
        case register(connection: Int, WorkerCall)
        case report(connection: Int, WorkerCall, SessionID, [TaskReport])
        case assignments(SimulatedStream, SessionID)
    }

    var loop: CoreLoop
    var leases: LeaseTable
    var sessions = SessionBook<Int, SimulatedStream>()
    var inbox: [Event] = []
    var isWakeDue = false
    private var callers: [UInt64: Caller] = [:]
    private var lastCall: UInt64 = 0

    init(loop: CoreLoop, leases: LeaseTable) {
        self.loop = loop
        self.leases = leases
    }

    func add(_ caller: Caller) -> ManagerCall {
        lastCall += 1
        callers[lastCall] = caller
        return ManagerCall(number: lastCall)
    }

    func take(_ call: ManagerCall) -> Caller? {
        callers.removeValue(forKey: call.number)
    }
}
