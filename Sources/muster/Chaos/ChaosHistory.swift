import Chaos
import ClusterState
import Foundation
import Journal
import Manager
import ManagerCore
import Model
import Simulation
import SimulationReport

/// What a failure test's manager wrote down, with the faults beside it.
struct ChaosHistory {
    /// A fault by the civil clock, in milliseconds.
    struct Noted {
        var fault: Fault
        var start: Int64
        var end: Int64
    }

    private(set) var timeline = Timeline(start: 0, end: 0)
    private(set) var violation: String?
    private(set) var faults: [Evidence.Happened] = []
    private(set) var stopped = 0

    /// - Parameters:
    ///   - folder: Of a manager that has stopped.
    ///   - until: When it was told to stop, in civil milliseconds: what came later is not judged.
    init(folder: String, noted: [Noted], until: Int64) throws(Failure) {
        var records: [ChangeRecord] = []
        do {
            try JournalHistory.read(folder: folder) { records.append($0) }
        } catch {
            throw Failure(ManagerError.data(error))
        }
        let first = records.first?.time.milliseconds ?? 0
        faults = noted.map {
            Evidence.Happened($0.fault, start: $0.start - first, end: $0.end - first)
        }.sorted { $0.start < $1.start }
        fold(records, first: first, end: until - first)
    }

    private mutating func fold(_ records: [ChangeRecord], first: Int64, end: Int64) {
        let checker = Checker(Checker.Rules(settings: ManagerSettings()))
        var recorder = Recorder()
        var stoppedTasks: Set<TaskID> = []
        var coming = faults[...]
        for record in records {
            let time = record.time.milliseconds - first
            if checker.violation == nil { checker.take([record], at: time) }
            guard time <= end else { continue }
            while let fault = coming.first, fault.start <= time {
                recorder.take(Self.sighting(of: fault), at: fault.start)
                coming.removeFirst()
            }
            recorder.take(.history([record]), at: time)
            if case .task(let task) = record.change, task.desiredStatus == .stopped {
                stoppedTasks.insert(task.id)
            }
        }
        for fault in coming { recorder.take(Self.sighting(of: fault), at: fault.start) }
        timeline = recorder.timeline(end: end)
        violation =
            records.first?.revision == 1
            ? checker.violation.map { "\($0)" }
            : "they were not checked: the first records are no longer kept"
        stopped = stoppedTasks.count
    }

    private static func sighting(of happened: Evidence.Happened) -> Sighting {
        let fault = happened.fault
        let kind: FaultKind =
            switch fault.kind {
            case .killHost: .powerLoss
            case .killAgent: .agentCrash
            case .freeze: .hostPause
            case .slowCPU: .starvation
            case .partition: fault.direction == .both ? .partition : .oneWay
            case .delay: .clog
            case .drop: .reset
            case .crashContainer: .earlyExit
            case .killManager: .managerCrash
            case .freezeManager: .managerPause
            }
        return .fault(
            kind, fault.kind.isOfManager ? .manager : .worker(fault.target), until: happened.end)
    }
}
