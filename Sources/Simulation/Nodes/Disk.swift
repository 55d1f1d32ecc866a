import ClusterState
import DequeModule

/// The manager's journal as a disk holds it. A batch is whole once its frame is closed; what a
/// crash leaves of an open frame is no part of the history.
struct Disk {
    struct Batch {
        var number: UInt64
        var records: [ChangeRecord]
    }

    /// The fold over all closed frames.
    private(set) var state = ClusterState()
    /// Records of a frame that a crash left open.
    private(set) var torn: [ChangeRecord] = []
    private(set) var waiting: Deque<Batch> = []
    /// The batches being written as one frame.
    private(set) var writing: [Batch] = []
    /// Nothing can be written before.
    var fullUntil: Int64 = 0
    var slowUntil: Int64 = 0

    /// Batches that a frame may hold.
    static let batchesPerFrameMaximum = 4

    mutating func add(_ batch: Batch) {
        waiting.append(batch)
    }

    /// Begins to write what waits, unless a frame is being written.
    ///
    /// - Returns: Whether a frame was begun.
    mutating func begin() -> Bool {
        guard writing.isEmpty, !waiting.isEmpty else { return false }
        while writing.count < Self.batchesPerFrameMaximum, let batch = waiting.popFirst() {
            writing.append(batch)
        }
        return true
    }

    /// The frame is closed.
    mutating func close() -> [Batch] {
        defer { writing = [] }
        for batch in writing {
            for record in batch.records { state.apply(record) }
        }
        return writing
    }

    /// The process, or the host, is gone in the midst of things.
    ///
    /// - Parameters:
    ///   - closes: The frame was closed just before.
    ///   - records: How many records of an open frame are there.
    /// - Returns: What became durable without anybody having heard of it.
    mutating func crash(closes: Bool, leaving records: Int) -> [Batch] {
        waiting = []
        if closes { return close() }
        torn = Array(writing.flatMap(\.records).prefix(records))
        writing = []
        return []
    }

    /// What a new process reads: every closed frame, in order, and nothing of an open one.
    mutating func recover() -> ClusterState {
        torn = []
        return state
    }
}
