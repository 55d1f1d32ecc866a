/// Reads server-sent events from bytes as they come.
struct EventLines {
    /// What stands between two empty lines.
    struct Message: Equatable {
        var id: String?
        var event: String?
        var data: String?
    }

    private var line: [UInt8] = []
    private var message = Message()
    /// The longest line that is taken: far beyond what a manager writes.
    static let lineMaximum = 4 << 20

    /// - Throws: ``TooLong``.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [Message] {
        var messages: [Message] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                guard line.count < Self.lineMaximum else { throw TooLong() }
                line.append(byte)
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            if !text.isEmpty {
                add(text)
            } else if message != Message() {
                messages.append(message)
                message = Message()
            }
        }
        return messages
    }

    struct TooLong: Error {}

    private mutating func add(_ text: String) {
        let name = text.prefix { $0 != ":" }
        var value = text.dropFirst(name.count + 1)
        if value.hasPrefix(" ") { value = value.dropFirst() }
        switch name {
        case "id": message.id = String(value)
        case "event": message.event = String(value)
        case "data": message.data = (message.data.map { $0 + "\n" } ?? "") + value
        // A comment has no name.
        default: break
        }
    }
}
