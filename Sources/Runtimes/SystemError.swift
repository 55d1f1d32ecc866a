import Glibc

/// A call of the operating system that failed.
struct SystemError: Error, CustomStringConvertible {
    /// What was tried, on which object.
    var what: String
    var code: Int32

    init(_ what: String, code: Int32 = errno) {
        self.what = what
        self.code = code
    }

    var description: String { "\(what): \(String(cString: strerror(code)))" }
}

/// Does `work`; what the system refuses in it is told under `name`, one of ECS's names of errors.
func telling<Value>(
    _ name: String, _ work: () throws -> Value
) throws(RuntimeError) -> Value {
    do {
        return try work()
    } catch let error as RuntimeError {
        throw error
    } catch {
        throw RuntimeError(name: name, message: "\(error).")
    }
}

/// Passes on what a function of CProcess returned, or throws where that is a negative errno.
@discardableResult
func checked(_ result: Int32, _ what: @autoclosure () -> String) throws(SystemError) -> Int32 {
    guard result < 0 else { return result }
    throw SystemError(what(), code: -result)
}
