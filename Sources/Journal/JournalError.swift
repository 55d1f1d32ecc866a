/// Why a journal can't be opened or written. The description says what happened, to which file, and
/// what to do.
public enum JournalError: Error, Hashable, Sendable {
    /// Another process works in this folder.
    case locked(folder: String, holder: Int32?)
    /// The folder can't be made, or written in.
    case folder(String, reason: String)
    /// The file is no journal of Muster's.
    case foreign(file: String, found: String)
    /// A newer Muster wrote the file.
    case newerFormat(file: String, found: Int, known: Int)
    /// The file is torn or was altered.
    case damaged(file: String, what: String)
    /// No space is left for the folder.
    case full(folder: String)
    /// The file could not be read or written for another reason.
    case unusable(file: String, reason: String)

    /// Too many records wait to be written. Nothing was taken over: the same records can be
    /// appended again later.
    case overloaded(waiting: Int, maximum: Int)
    /// Records that do not follow the newest one. Nothing was taken over.
    case gap(expected: UInt64, found: UInt64)
    /// An earlier write failed, so that nothing more may be written.
    case failed(earlier: String)
    case closed
}

extension JournalError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .locked(let folder, let holder):
            let process = holder.map { "process \($0)" } ?? "another process"
            return "Data folder \(folder) is in use by \(process). Stop that manager, or choose "
                + "another data folder."
        case .folder(let folder, let reason):
            return "Data folder \(folder) can't be used: \(reason). Choose a folder that this user "
                + "can write in."
        case .foreign(let file, let found):
            return "\(file) is not a journal of Muster: \(found). Nothing was changed. Choose "
                + "another data folder, or move that file away."
        case .newerFormat(let file, let found, let known):
            return "\(file) has format \(found), written by a newer Muster; this one knows formats "
                + "up to \(known). Nothing was changed. Start the newer Muster, or choose another "
                + "data folder."
        case .damaged(let file, let what):
            return
                "\(file) is damaged: \(what). Nothing was changed. Restore the whole data folder "
                + "from a backup, or move it away to start anew."
        case .full(let folder):
            return "No space is left for data folder \(folder). Free some, then start the manager "
                + "again."
        case .unusable(let file, let reason):
            return "\(file) can't be used: \(reason). Put that right, then start the manager again."
        case .overloaded(let waiting, let maximum):
            return "\(waiting) changes wait to be written, of at most \(maximum): the disk can't "
                + "keep up. Try again later."
        case .gap(let expected, let found):
            return "The next change has revision \(expected), but \(found) was given."
        case .failed(let earlier):
            return "The journal takes no more changes since a write failed: \(earlier)"
        case .closed:
            return "The journal is closed."
        }
    }
}
