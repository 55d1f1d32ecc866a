import OrderedCollections
import Simulation

/// Bands of trouble, a lane for the manager and one for each worker.
extension Recorder {
    static let manager = "manager"

    mutating func note(_ kind: FaultKind, _ place: Sighting.Place, until: Int64) {
        let name: String
        switch place {
        case .manager: name = Self.manager
        case .worker(let worker): name = worker
        }
        lanes[name, default: Lane(name: name)].bands.append(
            Lane.Band(
                kind: Self.bandKind(kind), start: now, end: max(now, until),
                label: kind.description))
    }

    private static func bandKind(_ kind: FaultKind) -> Lane.Band.Kind {
        switch kind {
        case .powerLoss, .managerCrash, .fullDisk: .down
        case .agentCrash: .agent
        case .hostPause, .managerPause, .starvation: .paused
        case .partition, .oneWay: .cut
        case .clog, .slowDisk: .slow
        default: .blip
        }
    }

    /// What the end of the faults ends; hosts that are down still have to boot.
    mutating func healLanes() {
        for name in lanes.keys {
            for index in lanes[name]?.bands.indices ?? 0..<0 {
                guard let band = lanes[name]?.bands[index], band.end > now else { continue }
                if band.kind == .cut || band.kind == .slow { lanes[name]?.bands[index].end = now }
            }
        }
    }

    mutating func beginLost(_ worker: String) {
        lanes[worker, default: Lane(name: worker)].bands.append(
            Lane.Band(kind: .lost, start: now, end: .max, label: "given up by the manager"))
    }

    /// That a worker was declared lost, and what had befallen it, or else the manager.
    func lostText(_ worker: String) -> String {
        func trouble(_ lane: String) -> String? {
            lanes[lane]?.bands.last { band in
                band.kind != .lost && band.kind != .blip
                    && (band.kind != .slow || lane != Self.manager)
                    && band.end >= now - Self.memory
            }?.label
        }
        let cause = trouble(worker) ?? trouble(Self.manager).map { "\(Self.manager)'s \($0)" }
        return "\(worker) was declared lost" + (cause.map { ", after \($0)" } ?? "")
    }

    /// Milliseconds for which a trouble that is over may still explain a loss.
    private static let memory: Int64 = 10_000

    /// The worker is there, with a lane.
    mutating func endLost(_ worker: String) {
        var lane = lanes[worker] ?? Lane(name: worker)
        if let index = lane.bands.lastIndex(where: { $0.kind == .lost && $0.end == .max }) {
            lane.bands[index].end = now
        }
        lanes[worker] = lane
    }

    /// The manager first, then workers: `w2` before `w10`.
    func closedLanes(at end: Int64) -> [Lane] {
        let sorted = lanes.values.sorted { left, right in
            if left.name == Self.manager || right.name == Self.manager {
                return left.name == Self.manager && right.name != Self.manager
            }
            return (left.name.utf8.count, left.name) < (right.name.utf8.count, right.name)
        }
        return sorted.map { lane in
            var lane = lane
            for index in lane.bands.indices {
                lane.bands[index].end = min(lane.bands[index].end, end)
            }
            return lane
        }
    }
}
