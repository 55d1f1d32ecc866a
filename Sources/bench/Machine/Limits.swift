import Foundation

/// What the machine must grant before anything is measured.
enum Limits {
    /// Descriptors that ten thousand connections and the rest take.
    static let descriptors = 12_000

    /// As many open files as this process may have; children inherit it.
    static func raiseOpenFiles() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_max >= rlim_t(descriptors) else {
            throw BenchError(
                "this process may have \(limit.rlim_max) open files, but \(descriptors) are "
                    + "needed: raise the hard limit with ulimit -Hn")
        }
    }

    /// The cores that this process may run on.
    static func cores() throws -> [Int] {
        let key = "Cpus_allowed_list:"
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) })
        else { return [] }
        let list = line.dropFirst(key.count).filter { !$0.isWhitespace }
        return list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last else { return [] }
            return Array(first...max(first, last))
        }
    }
}
