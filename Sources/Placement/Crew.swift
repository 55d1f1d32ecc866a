import Model

/// The tasks of a group, or of a deployment: how many are where.
struct Crew: Sendable {
    enum Name: Hashable, Sendable {
        case group(String)
        case deployment(DeploymentID)
    }

    private var counts: [Int: Int] = [:]
    /// By the number of an attribute's column: how many are with each of its values. Only for
    /// columns that were asked for.
    private var sums: [Int: [Int]] = [:]
    private var generation = 0

    var isEmpty: Bool { counts.isEmpty }

    /// How many are in a row.
    subscript(row: Int) -> Int { counts.isEmpty ? 0 : counts[row] ?? 0 }

    mutating func add(_ number: Int, at row: Int, of columns: Columns) {
        let count = self[row] + number
        counts[row] = count == 0 ? nil : count
        if generation != columns.generation { forgetSums() }
        for column in sums.keys {
            guard let value = columns.values[column].numbers[row] else { continue }
            sums[column, default: []].count(number, at: value)
        }
    }

    /// How many are with each value of an attribute.
    mutating func sums(over column: Int, of columns: Columns) -> [Int] {
        if generation != columns.generation { forgetSums() }
        generation = columns.generation
        if let known = sums[column] { return known }
        var made: [Int] = []
        for (row, count) in counts {
            if let value = columns.values[column].numbers[row] { made.count(count, at: value) }
        }
        sums[column] = made
        return made
    }

    mutating func forgetSums() {
        sums = [:]
    }
}

extension [Int] {
    fileprivate mutating func count(_ number: Int, at index: Int) {
        while count <= index { append(0) }
        self[index] += number
    }
}
