import ECSAPI
import Model
import Synchronization

/// Workers whose tasks wrote what a test says.
final class FakeLogReader: LogReader {
    struct State: Sendable {
        var entries: [TaskID: [LogEntry]] = [:]
        /// Those whose worker is away.
        var away: Set<TaskID> = []
        var orders: [LogOrder] = []
        var ended = 0
    }

    let state = Mutex(State())

    init(_ entries: [TaskID: [LogEntry]] = [:], away: Set<TaskID> = []) {
        state.withLock { state in
            state.entries = entries
            state.away = away
        }
    }

    func logs(_ order: LogOrder, on instance: InstanceID) async throws(APIError) -> FakeLogSource {
        let outputs = try state.withLock { state throws(APIError) -> [LogOutput] in
            state.orders.append(order)
            guard !state.away.contains(order.task) else {
                throw APIError(.targetNotConnected, "its worker is not connected")
            }
            let entries = (state.entries[order.task] ?? []).filter {
                $0.time >= order.since ?? .min && $0.time < order.until ?? .max
                    && $0.container == order.container ?? $0.container
            }
            let kept = entries.suffix(order.tail.map { Int($0) } ?? entries.count)
            // In small pieces, as they may come.
            return stride(from: 0, to: kept.count, by: 2).map {
                .entries(Array(kept.dropFirst($0).prefix(2)))
            }
        }
        return FakeLogSource(outputs, self)
    }
}

final class FakeLogSource: LogSource {
    private let outputs: Mutex<[LogOutput]>
    private let reader: FakeLogReader

    init(_ outputs: [LogOutput], _ reader: FakeLogReader) {
        self.outputs = Mutex(outputs)
        self.reader = reader
    }

    func next() async -> LogOutput? {
        outputs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    func end() { reader.state.withLock { $0.ended += 1 } }
}
