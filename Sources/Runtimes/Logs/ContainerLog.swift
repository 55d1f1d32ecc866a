import Model

/// What one container wrote, over the files that it is in.
///
/// The newest file becomes `.1` when it is full, and a new one begins; at the task's end the folder
/// moves. So a file is known by what it is and read to its end, and who replaced it is looked for
/// by name.
struct ContainerLog {
    let name: String
    /// The one that is read, and what comes after it.
    private var files: [LogFile] = []
    private var output = Parts()
    private var errors = Parts()
    private var isDone = false
    private let order: LogOrder

    /// - Parameter folder: The task's.
    init(_ name: String, in folder: String, _ order: LogOrder) {
        self.name = name
        self.order = order
        look(in: folder)
        if let since = order.since {
            for file in files { file.seek(since: since) }
        }
        if let tail = order.tail { seek(tail: Int(tail)) }
    }

    private mutating func seek(tail: Int) {
        var left = tail
        for index in files.indices.reversed() {
            left -= files[index].seek(tail: left)
            // Older ones would only be passed over.
            if left <= 0 { return files.removeFirst(index) }
        }
    }

    /// The next line; `nil` when there is none for now.
    mutating func next() -> LogEntry? {
        while !isDone, let file = files.first {
            while let line = file.next() {
                if let entry = take(line) { return entry }
                if isDone { return nil }
            }
            // What replaced it was seen before it was read to its end.
            guard files.count > 1 else { return nil }
            files.removeFirst()
        }
        return nil
    }

    private mutating func take(_ line: LogLine) -> LogEntry? {
        if let until = order.until, line.time >= until {
            isDone = true
            return nil
        }
        let whole = line.isError ? errors.take(line) : output.take(line)
        guard let whole, whole.time >= order.since ?? .min else { return nil }
        return entry(whole, isError: line.isError)
    }

    /// Finds what came after the newest file that is known.
    ///
    /// - Returns: Whether there is something.
    @discardableResult
    mutating func look(in folder: String) -> Bool {
        let path = "\(folder)/\(name)/\(PodPlan.output)"
        let known = files.last?.identity
        let now = LogFile.identity(of: path)
        guard now == nil || now != known else { return false }
        guard let newest = LogFile(path) else {
            // It was renamed, and what replaces it has not begun.
            guard known == nil, let before = LogFile(path + ".1") else { return false }
            files.append(before)
            return true
        }
        guard newest.identity != known else { return false }
        // One that came and went meanwhile, or was there before anything was read.
        if let before = LogFile(path + ".1"), before.identity != known,
            before.identity != newest.identity
        {
            files.append(before)
        }
        files.append(newest)
        return true
    }

    /// What was begun and will not be ended.
    mutating func rest() -> [LogEntry] {
        // A line that goes on after the time that was asked for.
        guard !isDone else { return [] }
        let parts = [(output.rest(), false), (errors.rest(), true)]
        return parts.compactMap { line, isError in line.map { entry($0, isError: isError) } }
            .filter { $0.time >= order.since ?? .min }
    }

    private func entry(_ line: Parts.Line, isError: Bool) -> LogEntry {
        LogEntry(time: line.time, container: name, isError: isError, text: line.text)
    }

    /// The parts of a stream's line, up to its end.
    private struct Parts {
        typealias Line = (time: Int64, text: [UInt8])

        private var text: [UInt8] = []
        /// Of the last part, so that lines are in the order in which they ended.
        private var time: Int64?

        /// - Returns: The line when it has ended, or may not become longer.
        mutating func take(_ line: LogLine) -> Line? {
            time = line.time
            text += line.text
            let isFull = text.count > LogEntry.textMaximum - LogFile.lineMaximum
            return line.isWhole || isFull ? rest() : nil
        }

        mutating func rest() -> Line? {
            defer {
                time = nil
                text = []
            }
            return time.map { ($0, text) }
        }
    }
}
