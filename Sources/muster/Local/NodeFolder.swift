import CProcess
import Foundation
import Glibc

/// A data folder of one node, and the process that works in it.
///
/// In it, `run/lock` is locked by that process for as long as it lives, however it ends, and
/// `run/process.json` says what it is to those who look for it.
struct NodeFolder: Equatable, Sendable {
    let path: String

    private var run: String { path + "/run" }
    private var lock: String { run + "/lock" }
    private var card: String { run + "/process.json" }

    /// What a node says of itself once it is there.
    struct Card: Codable, Equatable, Sendable {
        var pid: pid_t
        var name: String
        /// A manager's addresses as it came to listen.
        var api: String?
        var workers: String?
        /// The command line that starts it again.
        var command: [String]
    }

    /// Makes the folder if it is missing and takes it for this process.
    ///
    /// - Throws: ``Failure`` when it can't be made or written, or another process has it.
    func claim() throws(Failure) -> Claim {
        guard Self.makeFolder(run) else {
            let reason = String(cString: strerror(errno))
            throw Failure(
                .cannotCreate,
                "The data folder \(path) can't be made or written: \(reason). Choose a folder that "
                    + "this user can write in, with --data.")
        }
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                .cannotCreate,
                "The data folder \(path) can't be written: \(String(cString: strerror(errno))). "
                    + "Choose a folder that this user can write in, with --data.")
        }
        guard cprocess_lock_take(descriptor) == 0 else {
            let owner = cprocess_lock_owner(descriptor)
            close(descriptor)
            throw Failure(
                .busy,
                "The data folder \(path) is in use by process \(owner). Stop it with "
                    + "`kill \(owner)`, or choose another folder with --data.")
        }
        unlink(card)
        return Claim(descriptor: descriptor, card: card)
    }

    /// The process that has the folder now, if any.
    func owner() -> ProcessHandle? {
        let descriptor = open(lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // The number may have passed to another process before it was held: then look again.
        for _ in 0..<100 {
            let pid = cprocess_lock_owner(descriptor)
            guard pid > 0 else { return nil }
            if let handle = ProcessHandle(pid: pid), cprocess_lock_owner(descriptor) == pid {
                return handle
            }
        }
        return nil
    }

    /// What the newest process in the folder said of itself, whether or not it still lives.
    func newestCard() -> Card? {
        guard let data = FileManager.default.contents(atPath: card) else { return nil }
        return try? JSONDecoder().decode(Card.self, from: data)
    }

    /// With the folders that it lies in, for this user alone. `errno` says why not.
    private static func makeFolder(_ path: String) -> Bool {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return true }
        guard errno == ENOENT else { return false }
        let parent = (path as NSString).deletingLastPathComponent
        guard !parent.isEmpty, parent != path, makeFolder(parent) else { return false }
        return mkdir(path, 0o700) == 0 || errno == EEXIST
    }

    /// The hold of this process on the folder. Lasts as long as the value, at most as the process.
    final class Claim: Sendable {
        private let descriptor: Int32
        private let card: String

        init(descriptor: Int32, card: String) {
            self.descriptor = descriptor
            self.card = card
        }

        deinit {
            close(descriptor)
        }

        /// Says what this process is.
        func publish(_ card: Card) throws(Failure) {
            do {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                try encoder.encode(card).write(
                    to: URL(fileURLWithPath: self.card), options: .atomic)
            } catch {
                throw Failure(
                    .cannotCreate, "\(self.card) can't be written: \(error.localizedDescription)")
            }
        }
    }
}
