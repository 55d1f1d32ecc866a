/// Output of containers as a person reads it: a prefix tells whose it is.
struct LogText {
    /// Colours of names at a terminal, in turn: those that are read on black and on white.
    private static let colours = [36, 33, 32, 35, 34, 31]
    private static let idMaximum = 8

    var isColoured = false
    var showsTime = false
    /// Whether lines have no prefix.
    var isPlain = false
    private var known: [String] = []
    private var width = 0

    init(isColoured: Bool = false, showsTime: Bool = false, isPlain: Bool = false) {
        self.isColoured = isColoured
        self.showsTime = showsTime
        self.isPlain = isPlain
    }

    /// Without the line's end.
    mutating func line(_ message: ManagerClient.LogMessage) -> String {
        let time = showsTime ? (message.time ?? "") + " " : ""
        let text = message.text ?? ""
        guard !isPlain else { return time + text }
        let name = "\(message.task.prefix(Self.idMaximum)) \(message.container ?? "")"
        width = max(width, name.count)
        let padding = String(repeating: " ", count: width - name.count)
        return time + painted(name) + padding + " | " + text
    }

    /// Of something that can't be read.
    func notice(_ message: ManagerClient.LogMessage) -> String {
        "task \(message.task.prefix(Self.idMaximum)): \(message.notice ?? "")"
    }

    private mutating func painted(_ name: String) -> String {
        guard isColoured else { return name }
        let index = known.firstIndex(of: name) ?? known.count
        if index == known.count { known.append(name) }
        return "\u{1B}[\(Self.colours[index % Self.colours.count])m\(name)\u{1B}[0m"
    }
}
