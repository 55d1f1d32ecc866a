import Foundation

/// A Swift (or C) source as a reader of words needs it: line by line, code apart from comments.
///
/// What a string says is neither; what is interpolated into one is code.
struct SourceText {
    let lines: [String]
    /// The same lines with comments and strings blanked out.
    let code: [String]
    /// The same lines with all but comments blanked out.
    let comments: [String]

    init(_ text: String) {
        var scanner = Scanner(Array(text.utf8))
        scanner.scan()
        lines = Self.split(Array(text.utf8))
        code = Self.split(scanner.code)
        comments = Self.split(scanner.comments)
    }

    private static func split(_ bytes: [UInt8]) -> [String] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}

private struct Scanner {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        code = bytes.map { $0 == 0x0A ? 0x0A : 0x20 }
        comments = code
    }

    mutating func scan() {
        while position < bytes.count { scanCode(untilParenthesis: false) }
    }

    private func next(is text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return bytes[position...].starts(with: wanted)
    }

    private mutating func scanCode(untilParenthesis: Bool) {
        var depth = 0
        while position < bytes.count {
            if next(is: "//") {
                scanLineComment()
            } else if next(is: "/*") {
                scanBlockComment()
            } else if let hashes = openingQuote() {
                scanString(hashes: hashes)
            } else {
                let byte = bytes[position]
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") { depth -= 1 }
                if untilParenthesis && depth < 0 { return }
                code[position] = byte
                position += 1
            }
        }
    }

    private mutating func scanLineComment() {
        while position < bytes.count, bytes[position] != 0x0A {
            comments[position] = bytes[position]
            position += 1
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if next(is: "/*") { depth += 1 }
            if next(is: "*/") { depth -= 1 }
            for _ in 0..<2 where position < bytes.count {
                comments[position] = bytes[position]
                position += 1
            }
            while position < bytes.count, depth > 0, !next(is: "/*"), !next(is: "*/") {
                comments[position] = bytes[position]
                position += 1
            }
        } while depth > 0 && position < bytes.count
    }

    /// The number of `#` before a quote that starts here; `nil` if none does.
    private func openingQuote() -> Int? {
        var end = position
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
        return end - position
    }

    private mutating func scanString(hashes: Int) {
        let pounds = [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        position += hashes
        let quotes = next(is: "\"\"\"") ? 3 : 1
        position += quotes
        let closing = [UInt8](repeating: UInt8(ascii: "\""), count: quotes) + pounds
        let escape = [UInt8(ascii: "\\")] + pounds
        while position < bytes.count {
            if bytes[position...].starts(with: closing) {
                position += closing.count
                return
            }
            if quotes == 1 && bytes[position] == 0x0A { return }
            guard bytes[position...].starts(with: escape) else {
                position += 1
                continue
            }
            position += escape.count
            if position < bytes.count, bytes[position] == UInt8(ascii: "(") {
                position += 1
                scanCode(untilParenthesis: true)
            }
            position += 1
        }
    }
}

struct SourceFile {
    /// From the package's root.
    var path: String
    var text: String

    var isGenerated: Bool {
        path.contains("/Generated/") || path.contains(".pb-c.")
    }
}

/// The Swift and C files below a folder of the package, sorted by path.
func sources(in folder: String) throws -> [SourceFile] {
    let base = root + "/" + folder
    let names = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return try names.sorted().filter { name in
        [".swift", ".c", ".h"].contains { name.hasSuffix($0) }
    }.map { name in
        SourceFile(
            path: folder + "/" + name,
            text: try String(contentsOfFile: base + "/" + name, encoding: .utf8))
    }
}
