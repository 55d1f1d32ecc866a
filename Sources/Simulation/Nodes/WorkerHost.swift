import Model
import OrderedCollections
import WorkerCore

/// A worker's host: its clock, its data folder, what its runtime holds, and the agent that runs on
/// it.
struct WorkerHost {
    let index: Int
    let host: Plan.Host
    let name: String
    var clock: HostClock
    /// Boots so far.
    var boot: UInt64 = 1
    var isUp = true
    /// Runs of the agent over all boots; the current one has this number.
    var run: UInt64 = 0
    var agent: WorkerCore?
    /// What its data folder says.
    var identity: InstanceID?
    /// All that it ever was: what it began as one may come up when it is the next.
    var identities: Set<InstanceID> = []
    /// The number of the newest wake-up that was asked for.
    var wakeNumber: UInt64 = 0
    /// The connections that the agent has in use.
    var connections: OrderedDictionary<LinkID, Int> = [:]
    var runtime = SimulatedRuntime()
    /// Until when its containers may count on a manager, as this boot's agent last said.
    var keptUntil: Instant?
    /// Whether its agent holds only a few tasks.
    var isLimited = false
    /// When it last stood still, if it is sheltered.
    var lastPaused: Int64 = -1_000_000

    init(index: Int, host: Plan.Host, clock: HostClock) {
        self.index = index
        self.host = host
        self.clock = clock
        name = "w\(index)"
    }
}
