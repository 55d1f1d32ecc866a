/// Why a worker can't run, in a sentence that says what to do.
public struct WorkerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A setting is wrong.
        case configuration
        /// Another agent holds the data folder.
        case folderInUse
        /// The data folder can't be read or written, or holds something else.
        case folderUnusable
        /// The container runtime can't tell what it runs.
        case runtime
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
