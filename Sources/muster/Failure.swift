/// Why a verb ends without success: what a person reads, and what a script sees.
struct Failure: Error, Equatable, CustomStringConvertible {
    /// Exit codes, from sysexits(3).
    enum Code: Int32 {
        /// A wrong flag, argument or environment variable.
        case usage = 64
        /// A data folder that is damaged, from a newer Muster, or not Muster's.
        case data = 65
        /// No such worker or file.
        case noInput = 66
        /// A manager can't be reached, or an address can't be listened on.
        case unavailable = 69
        /// A fault of Muster's own.
        case software = 70
        /// A data folder that can't be made or written.
        case cannotCreate = 73
        /// The disk failed while running.
        case io = 74
        /// A data folder is in use by another process.
        case busy = 75
        /// A request that the manager does not take from this user.
        case refused = 77
        /// A wrong configuration file.
        case configuration = 78
    }

    var code: Code
    /// What happened, to which object, and what to do.
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { message }
}
