import Model
import OrderedCollections

/// The ids of tasks that ended here, the newest within a bound: none of them starts again
/// (DESIGN contract 3).
struct EndedTasks: Sendable {
    let maximum: Int
    private var newer: OrderedSet<TaskID> = []
    /// The generation before; dropped whole when the next is full.
    private var older: OrderedSet<TaskID> = []

    init(maximum: Int) {
        self.maximum = maximum
    }

    func contains(_ id: TaskID) -> Bool {
        newer.contains(id) || older.contains(id)
    }

    /// Two generations of half the bound each: forgetting costs nothing per id.
    mutating func insert(_ id: TaskID) {
        newer.append(id)
        guard newer.count >= max(maximum / 2, 1) else { return }
        older = newer
        newer = []
    }
}
