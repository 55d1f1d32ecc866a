import Foundation

extension Bench {
    /// Where a benchmark of processes runs: a core for the server, one for the load, and a folder
    /// for what they write.
    struct Place {
        let serverCore: Int
        let loadCore: Int
        /// This program, and the muster program beside it.
        let program: String
        let muster: String
        let scratch: String

        init() throws {
            try Limits.raiseOpenFiles()
            let cores = try Limits.cores()
            guard let first = cores.first, let second = cores.dropFirst().first else {
                throw BenchError("two cores are needed, one for the server and one for the load")
            }
            (loadCore, serverCore) = (first, second)
            program = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(getpid())/exe")
            muster = (program as NSString).deletingLastPathComponent + "/muster"
            scratch = NSTemporaryDirectory() + "/bench-\(getpid())"
            try FileManager.default.createDirectory(
                atPath: scratch, withIntermediateDirectories: true)
        }

        /// Nothing stays.
        func leave() {
            try? FileManager.default.removeItem(atPath: scratch)
        }
    }
}
