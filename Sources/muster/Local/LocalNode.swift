import Foundation
import Glibc
import Runtimes

/// One node of a local cluster, as `muster up` sees it: the folder is the node, whichever process
/// works in it now.
final class LocalNode {
    let name: String
    let folder: NodeFolder
    let log: String
    /// What `muster` needs to be told to run this node.
    var arguments: [String]
    private(set) var process: ProcessHandle?
    private(set) var wasAdopted = false
    let host: SimulatedHost?

    init(
        name: String, folder: NodeFolder, log: String, arguments: [String],
        host: SimulatedHost? = nil
    ) {
        self.host = host
        self.name = name
        self.folder = folder
        self.log = log
        self.arguments = arguments
    }

    /// The command line that runs this node by hand.
    var commandLine: String { Shell.line([CommandLine.arguments[0]] + arguments) }

    /// Takes over a process that already works in the folder.
    func adopt() -> Bool {
        process = folder.owner()
        wasAdopted = process != nil
        return wasAdopted
    }

    /// Kills the process alone: a worker's containers go on, and its next agent finds them.
    func dismiss() {
        process?.signal(SIGKILL)
        _ = process?.hasEnded(withinMilliseconds: 5_000)
        _ = process?.ending()
        process = nil
        wasAdopted = false
    }

    func start() throws(Failure) {
        process = try Spawn.muster(arguments, log: log)
    }

    /// What the node's living process has said of itself; `nil` while it has not.
    var card: NodeFolder.Card? {
        // In a host of its own the process has another pid than here.
        guard let process, let card = folder.newestCard(), host != nil || card.pid == process.pid
        else { return nil }
        return card
    }

    enum Change {
        case ended(ProcessHandle.Ending)
        case returned(pid_t)
    }

    /// What has become of the node since the last look.
    func look() -> Change? {
        if let process {
            guard process.hasEnded else { return nil }
            self.process = nil
            return .ended(process.ending())
        }
        process = folder.owner()
        return process.map { .returned($0.pid) }
    }

    /// Asks the process to end. Of one on a simulated host only a parent runs here, which passes no
    /// signal on.
    func terminate() {
        let target = host == nil ? process : folder.owner() ?? process
        target?.signal(SIGTERM)
    }

    /// Kills the process, if there is one, and all containers of the folder, at once.
    ///
    /// - Returns: How many containers ran.
    @discardableResult
    func cutPower() -> Int {
        if let process {
            process.signal(SIGKILL)
            _ = process.hasEnded(withinMilliseconds: 5_000)
            _ = process.ending()
        }
        process = nil
        if let count = SimulatedHost.cutPower(worker: folder.path) { return count }
        // What can't be found can't be killed either; the next agent in the folder deals with it.
        return (try? PowerLoss.cut(dataFolder: folder.path)) ?? 0
    }

    /// The last lines that the node wrote.
    func logTail(lines: Int) -> String {
        guard let file = FileHandle(forReadingAtPath: log) else { return "" }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > 8_192 ? end - 8_192 : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).map { "  " + $0 }
            .joined(separator: "\n")
    }
}

/// Command lines that can be pasted.
enum Shell {
    static func line(_ words: [String]) -> String {
        words.map(quoted).joined(separator: " ")
    }

    /// What may be written down of a command line.
    static func withoutSecrets(_ words: some Sequence<String>) -> [String] {
        var kept: [String] = []
        var isValue = false
        for word in words {
            if !isValue, word != "--token", !word.hasPrefix("--token=") { kept.append(word) }
            isValue = word == "--token"
        }
        return kept
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
                    || "-_./:=,@+%".unicodeScalars.contains($0))
        }
        if plain && !word.isEmpty { return word }
        return "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
