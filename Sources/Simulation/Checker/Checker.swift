public import ClusterState
import HashTreeCollections
public import ManagerCore
import Model

/// Holds what is seen of a cluster against what must be true whatever happens.
///
/// It is fed with the history (``take(_:at:)``) and with what was seen elsewhere: containers,
/// answers, sessions. Each family of invariants is a file beside this one; the first violation
/// stands. The times are those of whoever watches, in milliseconds, and never go back.
public final class Checker {
    /// What the invariants need to know of a cluster's settings.
    public struct Rules: Sendable {
        public var settings: ManagerSettings
        /// Names of workers that may never be declared lost.
        public var sheltered: Set<String> = []

        public init(settings: ManagerSettings) {
            self.settings = settings
        }

        init(_ plan: Plan) {
            settings = plan.settings
            sheltered = Set(plan.hosts.indices.filter(plan.isSheltered).map { "w\($0)" })
        }
    }

    /// What was found to be untrue.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        public var invariant: String
        public var text: String

        public var description: String { "\(invariant): \(text)" }
    }

    public let rules: Rules
    public private(set) var violation: Violation?
    /// The fold over the history so far.
    public private(set) var state = ClusterState()

    var rooms = Rooms()
    var bounds = RolloutBounds()
    var deployments = DeploymentWatch()
    var durability = Durability()
    var sessions = SessionWatch()
    var silence = SilenceWatch()
    var containers = ContainerWatch()
    var answers = AnswerWatch()
    var lone = LoneWatch()
    var bases = BaseWatch()
    var health = HealthStops()
    /// When the record at hand was seen.
    var now: Int64 = 0

    public init(_ rules: Rules) {
        self.rules = rules
    }

    /// Takes over a durable batch of the history.
    public func take(_ records: [ChangeRecord], at time: Int64) {
        now = time
        for record in records {
            checkOrder(of: record)
            switch record.change {
            case .task(let task):
                if state.tasks[task.id] == nil { notePlacement(of: task, in: record) }
                check(task, after: state.tasks[task.id])
            case .removeTask(let id): checkRemoval(of: id)
            case .instance(let instance):
                check(instance, after: state.instances[instance.id], record)
            default: break
            }
            let before = state
            state.apply(record)
            checkRooms(record, before)
            checkDeployments(record, before)
            checkRollout(record, before)
            checkEvenness(record, before)
            checkTaskSets(record)
            checkProvider(record, before)
            checkHealth(record, before)
            if violation != nil { return }
        }
        checkDoubts()
        durability.durable(state.revision)
    }

    /// Notes that something is untrue; the first stands.
    public func fail(_ invariant: String, _ text: @autoclosure () -> String) {
        if violation == nil { violation = Violation(invariant: invariant, text: text()) }
    }

    func expect(
        _ truth: Bool, _ invariant: String, _ text: @autoclosure () -> String
    ) {
        if !truth { fail(invariant, text()) }
    }
}
