package import ClusterState
import DequeModule
package import Model

/// The one place where the core lives: steps, hands records to the journal, and releases what
/// waited for them when they are durable. Its owners are the shell and the simulator.
///
/// Effects are released in the order of their steps, each batch only after its own records and all
/// before it are on disk: nothing is ever acknowledged or told to a worker that a crash could undo.
package struct CoreLoop {
    /// What a batch of steps asks for, held until its records are durable.
    package struct Batch {
        package var number: UInt64
        package var effects: EffectBuffer
        package var snapshot: ClusterState
        package var isDurable: Bool
    }

    /// What may wait for the journal.
    package struct Bounds: Sendable {
        package var batches: Int
        package var records: Int

        package init(batches: Int, records: Int) {
            self.batches = batches
            self.records = records
        }
    }

    package private(set) var core: ManagerCore
    private let bounds: Bounds
    private var unsettled: Deque<Batch> = []
    private var unsettledRecords = 0
    private var lastNumber: UInt64 = 0

    /// Recovers the core; what recovery asks for is the first batch.
    package init(
        recovered: ClusterState, settings: ManagerSettings, bounds: Bounds, seed: UInt64,
        at now: Moment
    ) {
        self.bounds = bounds
        var effects = EffectBuffer()
        core = ManagerCore(
            recovered: recovered, settings: settings, seed: seed, at: now, into: &effects)
        _ = enqueue(effects)
    }

    /// Whether as much waits for the journal as may.
    package var isFull: Bool {
        unsettled.count >= bounds.batches || unsettledRecords >= bounds.records
    }

    /// Whether enough waits for the disk while one batch, or more as one transaction, is being
    /// written. What comes now is on disk no later when it goes into one batch with all that comes
    /// until then: a batch each would cost as many snapshots. A few may wait, since they become one
    /// transaction, and the first that waits is seldom more than the one event that came first.
    package var isPaced: Bool { isFull || unsettled.count >= Self.batchesInHand }

    private static let batchesInHand = 4

    /// Applies events as one batch.
    ///
    /// - Returns: The batch's number and the records that make it durable, or `nil` when it has no
    ///   effect at all.
    package mutating func step(_ events: [Event], at now: Moment) -> (
        number: UInt64, [ChangeRecord]
    )? {
        var effects = EffectBuffer()
        core.step(events, at: now, into: &effects)
        return effects.isEmpty ? nil : enqueue(effects)
    }

    private mutating func enqueue(_ effects: EffectBuffer) -> (number: UInt64, [ChangeRecord]) {
        lastNumber += 1
        unsettledRecords += effects.records.count
        unsettled.append(
            Batch(
                number: lastNumber, effects: effects, snapshot: core.state,
                isDurable: effects.records.isEmpty))
        return (lastNumber, effects.records)
    }

    /// The records of a batch are on disk.
    package mutating func settle(_ number: UInt64) {
        guard let first = unsettled.first?.number, number >= first else { return }
        unsettled[Int(number - first)].isDurable = true
    }

    /// The oldest batch, once it and all before it are durable.
    package mutating func nextDurable() -> Batch? {
        guard unsettled.first?.isDurable == true else { return nil }
        let batch = unsettled.removeFirst()
        unsettledRecords -= batch.effects.records.count
        return batch
    }
}
