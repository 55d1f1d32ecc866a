import Model

/// What is the same for an instance until its attributes change, worked out once for all rows:
/// which instances meet a requirement, and which of a strategy's buckets each is in.
struct Columns: Sendable {
    /// The attributes that a task asks for, and its expressions about what the instance itself is.
    struct Requirement: Hashable, Sendable {
        var attributes: [Attribute]
        var constraints: [PlacementConstraint]

        var isEmpty: Bool { attributes.isEmpty && constraints.isEmpty }

        init(_ need: Need) {
            attributes = need.requiredAttributes
            constraints = need.constraints.filter { $0.query?.isLive == false }
        }
    }

    /// Where to find what a need is about.
    struct Numbers: Sendable {
        var generation: Int
        var requirement: Int
        /// For each lane of the need's order that is an attribute's.
        var shared: [Int?]
    }

    /// An attribute's values by number, in the order in which they were met.
    struct Values: Sendable {
        /// That of each row; ``none`` without the attribute.
        private(set) var numbers: [Int32] = []
        private(set) var count = 0
        private var numbered: [String: Int] = [:]

        static let none: Int32 = -1

        /// `nil` without the attribute.
        subscript(row: Int) -> Int? { numbers[row] == Self.none ? nil : Int(numbers[row]) }

        mutating func set(_ value: String?, at row: Int) {
            while numbers.count <= row { numbers.append(Self.none) }
            guard let value else {
                numbers[row] = Self.none
                return
            }
            let number = numbered[value] ?? count
            if number == count {
                numbered[value] = number
                count += 1
            }
            numbers[row] = Int32(number)
        }
    }

    /// Columns of one kind beyond which all are forgotten and made anew as they are asked for.
    static let maximum = 64

    private var requirements: [Requirement: Int] = [:]
    private(set) var meets: [[Bool]] = []
    private var attributes: [String: Int] = [:]
    private(set) var values: [Values] = []
    /// Grows when columns are forgotten: their numbers mean nothing any more.
    private(set) var generation = 0

    /// The number of a requirement's column.
    private mutating func number(of requirement: Requirement, on board: Board) -> Int {
        if let number = requirements[requirement] { return number }
        if meets.count == Self.maximum { forget() }
        meets.append(board.rooms.indices.map { board.meets(requirement, at: $0) })
        requirements[requirement] = meets.count - 1
        return meets.count - 1
    }

    /// The number of an attribute's column.
    private mutating func number(of attribute: String, on board: Board) -> Int {
        if let number = attributes[attribute] { return number }
        if values.count == Self.maximum { forget() }
        var column = Values()
        for row in board.rooms.indices { column.set(board.value(of: attribute, at: row), at: row) }
        values.append(column)
        attributes[attribute] = values.count - 1
        return values.count - 1
    }

    /// The columns that a need is about.
    mutating func numbers(for need: Need, on board: Board) -> Numbers {
        let requirement = Requirement(need)
        // Numbers hold for a generation: when a column made room for itself, once more.
        while true {
            let before = generation
            let numbers = Numbers(
                generation: before, requirement: number(of: requirement, on: board),
                shared: need.order.lanes.map { lane in
                    lane.attribute.map { number(of: $0, on: board) }
                })
            if generation == before { return numbers }
        }
    }

    private mutating func forget() {
        self = Columns(generation: generation + 1)
    }

    private init(generation: Int) {
        self.generation = generation
    }

    init() {}

    mutating func grow(to rows: Int) {
        for index in meets.indices { meets[index].append(false) }
        for index in values.indices { values[index].set(nil, at: rows - 1) }
    }

    /// An instance's attributes changed.
    mutating func look(at row: Int, of board: Board) {
        for (requirement, number) in requirements {
            meets[number][row] = board.meets(requirement, at: row)
        }
        for (attribute, number) in attributes {
            values[number].set(board.value(of: attribute, at: row), at: row)
        }
    }
}

extension Board {
    fileprivate func meets(_ requirement: Columns.Requirement, at row: Int) -> Bool {
        if requirement.isEmpty { return instances[row] != nil }
        return candidate(at: row).map {
            $0.misfit(attributes: requirement.attributes, constraints: requirement.constraints)
                == nil
        } ?? false
    }

    fileprivate func value(of attribute: String, at row: Int) -> String? {
        instances[row]?.attributes.first { $0.name == attribute }.map { $0.value ?? "" }
    }
}
