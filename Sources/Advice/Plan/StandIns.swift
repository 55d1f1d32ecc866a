import HeapModule
import ManagerCore
import Model
import OrderedCollections

/// Workers as a rehearsal has them: each task that they are given runs after a time, and each that
/// they are told to stop has stopped after another. None ever fails.
struct StandIns {
    /// What a worker is going to say.
    private struct Word: Comparable {
        var due: Instant
        var order: Int
        var session: SessionID
        var report: TaskReport

        static func < (left: Self, right: Self) -> Bool {
            (left.due, left.order) < (right.due, right.order)
        }

        static func == (left: Self, right: Self) -> Bool { left.order == right.order }
    }

    let pace: Rehearsal.Pace
    private var words: Heap<Word> = []
    private var order = 0
    /// What is wanted of each task, as its worker was last told.
    private var told: [TaskID: DesiredStatus] = [:]

    init(pace: Rehearsal.Pace) {
        self.pace = pace
    }

    /// When the next of them says something.
    var next: Instant? { words.min?.due }

    mutating func hear(_ update: AssignmentUpdate, as session: SessionID, at now: Instant) {
        switch update {
        case .complete(_, let assignments, _):
            for assignment in assignments { hear(assignment, session, now) }
        case .changes(_, _, let changes):
            for change in changes {
                switch change {
                case .put(let assignment): hear(assignment, session, now)
                case .forget(let task): told[task] = nil
                }
            }
        case .heartbeat, .redirect, .exec, .logs, .unknown: return
        }
    }

    private mutating func hear(_ assignment: Assignment, _ session: SessionID, _ now: Instant) {
        let task = assignment.spec.id
        guard told[task] != assignment.desired else { return }
        told[task] = assignment.desired
        let isWanted = assignment.desired == .running
        let report = TaskReport(
            task: task, status: isWanted ? .running : .stopped,
            containers: assignment.spec.containers.map {
                ContainerReport(
                    name: $0.name, status: isWanted ? .running : .stopped,
                    exitCode: isWanted ? nil : 143)
            })
        order += 1
        words.insert(
            Word(
                due: now + (isWanted ? pace.start : pace.stop), order: order, session: session,
                report: report))
    }

    /// What is said by then, by session.
    ///
    /// A task that was told to stop before it came to run says only that it has stopped.
    mutating func speak(at now: Instant) -> OrderedDictionary<SessionID, [TaskReport]> {
        var said: OrderedDictionary<SessionID, [TaskReport]> = [:]
        while let word = words.min, word.due <= now {
            words.removeMin()
            if word.report.status == .running, told[word.report.task] != .running { continue }
            said[word.session, default: []].append(word.report)
        }
        return said
    }
}
