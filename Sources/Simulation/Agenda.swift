import HeapModule

/// What is still to happen, by virtual time; what is due at one time happens in the order in which
/// it was added, but for nodes that go on: they do so before all else of that moment.
struct Agenda {
    private struct Entry: Comparable {
        var due: Int64
        var sequence: UInt64
        var slot: Int

        static func < (left: Entry, right: Entry) -> Bool {
            left.due == right.due ? left.sequence < right.sequence : left.due < right.due
        }
    }

    // The heap moves small plain entries; what happens waits in a slot.
    private var entries = Heap<Entry>()
    private var slots: [Happening?] = []
    private var free: [Int] = []
    private var sequence: UInt64 = 0

    mutating func add(_ happening: Happening, at due: Int64) {
        sequence += 1
        // A node that goes on hears what came meanwhile before what comes now.
        var place = sequence
        if case .resumes = happening { place = 0 }
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            slots[slot] = happening
        } else {
            slot = slots.count
            slots.append(happening)
        }
        entries.insert(Entry(due: due, sequence: place, slot: slot))
    }

    /// Takes out what is next and when it is due.
    mutating func next() -> (due: Int64, happening: Happening)? {
        guard let entry = entries.popMin() else { return nil }
        guard let happening = slots[entry.slot].take() else { return nil }
        free.append(entry.slot)
        return (entry.due, happening)
    }

    var count: Int { entries.count }
}
