/// The columnar log of a run: time, node, what. The last lines are kept; all of them can be taken
/// as they come.
public struct Trace {
    /// How much is written.
    public enum Mode {
        /// Nothing: fastest. A failure is run again to see it.
        case off
        /// The last ``linesKept`` lines.
        case tail
        /// Each line as it comes, besides.
        case all((String) -> Void)
    }

    public static let linesKept = 200

    private let mode: Mode
    private var lines: [String] = []
    private var next = 0
    let isOn: Bool

    init(_ mode: Mode) {
        self.mode = mode
        if case .off = mode { isOn = false } else { isOn = true }
    }

    mutating func add(_ time: Int64, _ event: UInt64, _ node: String, _ text: String) {
        guard isOn else { return }
        let line =
            "\(Self.padded(Self.clock(time), 11)) \(Self.padded(String(event), 8)) "
            + "\(Self.padded(node, -8)) \(text)"
        if case .all(let take) = mode { take(line) }
        if lines.count < Self.linesKept {
            lines.append(line)
        } else {
            lines[next] = line
            next = (next + 1) % Self.linesKept
        }
    }

    /// The lines kept, oldest first.
    var tail: [String] { Array(lines[next...] + lines[..<next]) }

    static func clock(_ time: Int64) -> String {
        let milliseconds = String(time % 1_000)
        return "\(time / 1_000)."
            + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
    }

    /// To the right, or with a negative width to the left.
    private static func padded(_ text: String, _ width: Int) -> String {
        let fill = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? text + fill : fill + text
    }
}
