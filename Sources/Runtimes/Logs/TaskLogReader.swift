import Model

/// What the containers of a task wrote, oldest first, while the task is there and after.
/// For one thread at a time; it works only when it is asked.
struct TaskLogReader {
    enum Step: Hashable, Sendable {
        case entries([LogEntry])
        /// There is nothing for now.
        case caughtUp
        /// There is nothing more, and will not be.
        case ended
        /// Nothing of the task is kept here.
        case unknown
    }

    private let data: DataFolder
    private let order: LogOrder
    private var containers: [ContainerLog] = []
    /// The next of each container.
    private var heads: [LogEntry?] = []
    /// Whether anything of the task was there.
    private(set) var isKnown = false
    private var isOver = false

    init(_ data: DataFolder, _ order: LogOrder) {
        self.data = data
        self.order = order
    }

    mutating func next() -> Step {
        var entries: [LogEntry] = []
        var bytes = 0
        while entries.count < LogOutput.entriesMaximum {
            guard let index = oldest() else {
                if !isOver, look() { continue }
                break
            }
            guard let entry = heads[index] else { break }
            guard entries.isEmpty || bytes + entry.text.count <= LogOutput.bytesMaximum else {
                return .entries(entries)
            }
            heads[index] = nil
            bytes += entry.text.count
            entries.append(entry)
        }
        if !entries.isEmpty { return .entries(entries) }
        if isOver { return end() }
        return order.follows ? .caughtUp : .unknown
    }

    /// The container whose next line is the oldest; of equals the first.
    private mutating func oldest() -> Int? {
        var oldest: (index: Int, time: Int64)?
        for index in containers.indices {
            if heads[index] == nil { heads[index] = containers[index].next() }
            guard let head = heads[index], head.time < oldest?.time ?? .max else { continue }
            oldest = (index, head.time)
        }
        return oldest?.index
    }

    /// Looks for what is new since the last time.
    ///
    /// - Returns: Whether there may be something to read.
    private mutating func look() -> Bool {
        let (running, kept) = (data.task(order.task), data.finished(order.task))
        // In this order: a task's folder goes from there to here.
        let folder = [running, kept].first { Files.exists($0) }
        guard let folder else {
            isOver = isKnown
            return false
        }
        isKnown = true
        // Nothing is written any more; what was meanwhile is still read.
        if folder == kept || !order.follows { isOver = true }
        var isNews = isOver
        for index in containers.indices where containers[index].look(in: folder) { isNews = true }
        for name in (try? Files.names(in: folder)) ?? []
        where (order.container ?? name) == name && Files.exists("\(folder)/\(name)/.")
            && !containers.contains(where: { $0.name == name })
        {
            containers.append(ContainerLog(name, in: folder, order))
            heads.append(nil)
            isNews = true
        }
        return isNews
    }

    /// What was begun and not ended comes last.
    private mutating func end() -> Step {
        let rest = containers.indices.flatMap { containers[$0].rest() }
        return rest.isEmpty ? .ended : .entries(rest)
    }
}
