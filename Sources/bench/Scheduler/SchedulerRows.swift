import ClusterState
import Foundation
import HashTreeCollections
import Journal
import ManagerCore
import Model
import Placement

/// The rows of `bench scheduler`: each makes a cluster, times one thing, and checks the result
/// before it says how long that took.
struct SchedulerRows {
    var rounds: Int

    /// SwarmKit's figures for the same work on the same kind of machine, tasks a second.
    enum SwarmKit {
        static let decide = 250_000.0
        static let tick = 16_000.0
        static let tickOfManyNodes = 12_000.0
    }

    /// Placement alone, without tasks: what is decided is counted on the board, and that is all.
    func decide(_ size: Size) throws -> Row {
        let rates = try (0..<rounds).map { _ in
            var board = Board()
            var random = SeededRandom(seed: 1)
            for number in 0..<size.instances {
                board.put(BenchCluster.instance(number, &random), isReached: true)
            }
            var placed: [Placements] = []
            let time = timed {
                for service in 0..<size.services {
                    let need = Need(
                        resources: BenchCluster.need, strategies: Need.serviceDefault,
                        group: "service:\(service)",
                        deployment: DeploymentID(number: UInt64(service)))
                    placed.append(board.place(need, count: size.tasksEach, using: &random))
                }
            }
            for placements in placed {
                guard placements.refusal == nil, placements.instances.count == size.tasksEach else {
                    throw BenchError("a task found no place")
                }
                let counts = placements.instances.reduce(into: [:]) { $0[$1, default: 0] += 1 }
                let most = counts.values.max() ?? 0
                guard most <= size.tasksEach / size.instances + 1 else {
                    throw BenchError("a service has \(most) tasks on one instance")
                }
            }
            return Double(size.tasks) / time
        }
        return row(
            "decide only: \(size)", rates.median, against: SwarmKit.decide, atLeast: 4)
    }

    func wholePass(_ size: Size, against peer: Double, atLeast factor: Double) throws -> Row {
        let rates = try (0..<rounds).map { _ in
            var cluster = try BenchCluster(instances: size.instances)
            try cluster.registerFamilies(size.services)
            let time = try timed {
                try cluster.place(services: size.services, tasksEach: size.tasksEach)
            }
            try cluster.check(services: size.services, tasksEach: size.tasksEach)
            return Double(size.tasks) / time
        }
        return row("whole pass: \(size)", rates.median, against: peer, atLeast: factor)
    }

    /// The same with the journal: until the last record is on disk.
    func durablePass(_ size: Size, atLeast factor: Double) throws -> Row {
        let rates = try (0..<rounds).map { _ in
            let journal = try BenchJournal()
            defer { journal.remove() }
            var cluster = try BenchCluster(instances: size.instances, journal: journal)
            try cluster.registerFamilies(size.services)
            try journal.settle()
            let time = try timed {
                try cluster.place(services: size.services, tasksEach: size.tasksEach)
                try journal.settle()
            }
            try cluster.check(services: size.services, tasksEach: size.tasksEach)
            return Double(size.tasks) / time
        }
        return row(
            "whole pass, durable in SQLite: \(size)", rates.median, against: SwarmKit.tick,
            atLeast: factor)
    }

    /// A task stops; its service starts another, which is placed. Microseconds for each size of
    /// cluster, the same tasks in all.
    func event(instances sizes: [Int]) throws -> Row {
        let times = try sizes.map { size in
            var cluster = try BenchCluster(instances: size)
            try cluster.registerFamilies(20)
            try cluster.place(services: 20, tasksEach: 100)
            try cluster.runAll()
            let sessionOf = Dictionary(
                uniqueKeysWithValues: zip(cluster.instances, cluster.sessions))
            let victims = cluster.core.state.tasks.values.sorted { $0.id < $1.id }.prefix(1_000)
            var samples: [Double] = []
            for victim in victims {
                guard let session = sessionOf[victim.instance] else { continue }
                let event = Event.report(
                    cluster.call(), session, [BenchCluster.report(victim, .stopped)])
                samples.append(try timed { try cluster.step([event]) } * 1e6)
            }
            try cluster.check(services: 20, tasksEach: 100)
            return samples.median
        }
        let growth = (times.last ?? 0) / (times.first ?? 1)
        let measured = zip(sizes, times).map { "\($0): \($1.short) us" }.joined(separator: ", ")
        return Row(
            "a task stopped, replaced, placed, by instances", target: "grows < 2 x",
            measured: "\(measured) = \(growth.short) x", isMet: growth < 2)
    }

    func lossOfMany(_ size: Size) throws -> Row {
        let times = try (0..<rounds).map { _ in
            var cluster = try BenchCluster(instances: size.instances)
            try cluster.registerFamilies(size.services)
            try cluster.place(services: size.services, tasksEach: size.tasksEach)
            try cluster.runAll()
            let lost = size.instances * 3 / 10
            let silence = Silence(
                expired: zip(cluster.instances, cluster.sessions).prefix(lost).map {
                    Lease(instance: $0, session: $1)
                }, late: [])
            let time = try timed {
                try cluster.step([.silence(silence)])
                while cluster.core.isCutShort { try cluster.step([.tick], after: .zero) }
            }
            let gone = Set(cluster.instances.prefix(lost))
            let running = cluster.core.state.tasks.values.count {
                $0.desiredStatus == .running && !gone.contains($0.instance)
            }
            guard running == size.tasks else { throw BenchError("\(running) tasks are replaced") }
            return time
        }
        return Row(
            "30 % of \(size.instances) instances with \(size.tasks) tasks lost at once",
            target: "< 2 s", measured: "\(times.median.short) s", isMet: times.median < 2)
    }

    private func row(
        _ measure: String, _ rate: Double, against peer: Double, atLeast factor: Double
    ) -> Row {
        Row(
            measure, target: "\(factor.short) x SwarmKit's \(Int(peer))/s",
            measured: "\(Int(rate)) tasks/s = \((rate / peer).short) x",
            isMet: rate >= factor * peer)
    }
}

/// How much work a row does.
struct Size: CustomStringConvertible {
    var instances: Int
    var services: Int
    var tasksEach: Int

    var tasks: Int { services * tasksEach }

    var description: String { "\(tasks) tasks of \(services) services, \(instances) instances" }
}

/// Seconds that something took.
func timed(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
}

/// This process's memory.
enum Memory {
    /// Resident bytes.
    static func resident() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix("Rss:") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 1, let number = Int(words[1]) { return number << 10 }
        }
        throw BenchError("/proc/self/smaps_rollup has no Rss")
    }
}
