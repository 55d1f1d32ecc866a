import Model

/// The tasks of a group, or of a deployment: how many are where.
struct Crew: Sendable {
    enum Name: Hashable, Sendable {
        case group(String)
        case deployment(DeploymentID)
    }

    private var counts = RowCounts()
    /// How many are with each value of an attribute. Only for columns that were asked for, which
    /// are few.
    private var sums: [Sum] = []
    private var generation = 0

    private struct Sum: Sendable {
        var column: Int
        var counts: [Int] = []

        mutating func count(_ number: Int, at value: Int) {
            while counts.count <= value { counts.append(0) }
            counts[value] += number
        }
    }

    var isEmpty: Bool { counts.isEmpty }

    /// The rows that have any, in no order.
    var rows: [Int] { counts.map(\.row) }
    var total: Int { counts.reduce(0) { $0 + $1.count } }
    /// How many are in the row that has most.
    var most: Int { counts.map(\.count).max() ?? 0 }

    /// How many are in a row.
    subscript(row: Int) -> Int { counts[row] }

    mutating func add(_ number: Int, at row: Int, of columns: Columns) {
        counts.add(number, at: row)
        if generation != columns.generation { forgetSums() }
        for index in sums.indices {
            guard let value = columns.values[sums[index].column][row] else { continue }
            sums[index].count(number, at: value)
        }
    }

    /// From now on it is known how many are with each value of an attribute.
    mutating func sumUp(over column: Int, of columns: Columns) {
        if generation != columns.generation { forgetSums() }
        generation = columns.generation
        if sums.contains(where: { $0.column == column }) { return }
        var sum = Sum(column: column)
        for (row, count) in counts {
            if let value = columns.values[column][row] { sum.count(count, at: value) }
        }
        sums.append(sum)
    }

    /// How many are with a value of an attribute that was summed up.
    func sum(over column: Int, at value: Int) -> Int {
        guard let sum = sums.first(where: { $0.column == column }) else { return 0 }
        return value < sum.counts.count ? sum.counts[value] : 0
    }

    /// The same of all its values, by number.
    func sums(over column: Int) -> [Int] {
        sums.first { $0.column == column }?.counts ?? []
    }

    mutating func forgetSums() {
        sums = []
    }
}
