import Foundation

/// A row of the table that `deploy/attacks` shows.
struct Row {
    private(set) var cells: [String]
    private(set) var isGood = true

    init(_ name: String) {
        cells = [name]
    }

    mutating func add(_ cell: String, _ isGood: Bool) {
        cells.append(isGood ? cell : "\(cell) (!)")
        if !isGood { self.isGood = false }
    }

    /// Adds the row to the file that `MUSTER_ATTACK_TABLE` names.
    func print() throws {
        guard let path = ProcessInfo.processInfo.environment["MUSTER_ATTACK_TABLE"] else { return }
        let line = (cells + [isGood ? "pass" : "FAIL"]).joined(separator: "\t") + "\n"
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(line.utf8))
    }
}
