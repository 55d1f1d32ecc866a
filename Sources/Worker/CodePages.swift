import Glibc

/// The pages of the agent's code that are in memory. An agent reads most of its program once, at
/// its start and when a task starts, and little of it from then on, but what it has read stays
/// counted as its own.
package struct CodePages: Sendable {
    private static let period = Duration.seconds(60)

    /// Lets go of them again and again until it is cancelled.
    @concurrent
    func run() async {
        while (try? await Task.sleep(for: Self.period)) != nil {
            Self.letGo(Self.mappings(of: "/proc/self/smaps"))
        }
    }

    /// Has the kernel forget that these pages are in use. They are as the file has them; those that
    /// are needed are there again at the next touch, from the file's own memory.
    package static func letGo(_ mappings: [Range<UInt>]) {
        for mapping in mappings {
            madvise(
                UnsafeMutableRawPointer(bitPattern: mapping.lowerBound), Int(mapping.count),
                MADV_DONTNEED)
        }
    }

    /// The code of files, where no page was written to: what a debugger put there is to stay.
    ///
    /// - Parameter path: of a table as `/proc/PID/smaps`.
    package static func mappings(of path: String) -> [Range<UInt>] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var mappings: [Range<UInt>] = []
        var current: Range<UInt>?
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
            let words = text.split(whereSeparator: \.isWhitespace)
            if let first = words.first, first.hasSuffix(":") {
                guard first == "Anonymous:", let range = current else { continue }
                if words.dropFirst().first == "0" { mappings.append(range) }
                current = nil
            } else {
                current = code(words)
            }
        }
        return mappings
    }

    /// The addresses of a mapping by the head of its entry, if it is a file's code.
    private static func code(_ words: [Substring]) -> Range<UInt>? {
        guard words.count >= 6, words[1] == "r-xp", words[5].hasPrefix("/") else { return nil }
        let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        return ends[0]..<ends[1]
    }
}
