import Foundation

/// A word or phrase that code must not have, and what to do instead.
struct BannedPhrase: Sendable {
    var pattern: String
    var advice: String
    /// Whether a comment on the line or the one above may say why it has to be.
    var isExcusedByComment = false

    func isIn(_ line: String) -> Bool {
        line.range(of: pattern, options: .regularExpression) != nil
    }
}

/// What would let a clock, chance, I/O or concurrency into a module of decisions.
let bannedInPure = [
    BannedPhrase(
        pattern: #"\bimport\s+(\w+\s+)?(Foundation|NIO|Dispatch|Glibc|Logging|Metrics|GRDB)"#,
        advice: "a pure module does no I/O"),
    BannedPhrase(pattern: #"\b(async|await)\b"#, advice: "a pure module is synchronous"),
    BannedPhrase(pattern: #"(?<![\w.])Task\s*(\{|\.|\()"#, advice: "a pure module starts nothing"),
    BannedPhrase(
        pattern: #"\b(Date|UUID|ContinuousClock|SuspendingClock)\s*(\(|\.)"#,
        advice: "time comes in with the event, ids from SeededRandom"),
    BannedPhrase(
        pattern: #"\.random\s*\((?!.*\busing:)"#,
        advice: "draw from the core's SeededRandom: using:"),
    BannedPhrase(
        pattern: #"\.(shuffled|randomElement|shuffle)\s*\(\s*\)"#,
        advice: "draw from the core's SeededRandom: using:"),
    BannedPhrase(
        pattern: #"\bSystemRandomNumberGenerator\b"#, advice: "draw from the core's SeededRandom"),
    BannedPhrase(pattern: #"\b(print|debugPrint|dump)\s*\("#, advice: "answer an effect instead"),
    BannedPhrase(pattern: #"\b(ProcessInfo|CommandLine|getenv)\b"#, advice: "settings come in"),
]

let bannedInSources = [
    BannedPhrase(pattern: #"\bfatalError\b"#, advice: "throw, or make the state impossible"),
    BannedPhrase(pattern: #"\btry!"#, advice: "handle the error"),
    BannedPhrase(pattern: #"\bas!"#, advice: "use as? and say what else"),
]

let bannedInTests = [
    BannedPhrase(
        pattern: #"(?<![\w.]|func )(u|nano)?sleep\s*\("#,
        advice: "wait for a state, with a limit; a comment may say which",
        isExcusedByComment: true),
    BannedPhrase(
        pattern: #"(Task|Thread|[Cc]lock(\(\))?)\.sleep\s*\("#,
        advice: "wait for a state, with a limit; a comment may say which",
        isExcusedByComment: true),
]

private let escapeHatch = BannedPhrase(
    pattern: #"@unchecked\s+Sendable|\bnonisolated\(unsafe\)"#,
    advice: "say in a comment on this line or the one above what protects it",
    isExcusedByComment: true)

/// What is wrong with a file, as `path:line: what`.
func tidyFindings(_ file: SourceFile, isPure: Bool) -> [String] {
    if file.isGenerated { return [] }
    let text = SourceText(file.text)
    var phrases = file.path.hasPrefix("Tests/") ? bannedInTests : bannedInSources
    phrases.append(escapeHatch)
    if isPure { phrases += bannedInPure }
    var findings: [String] = []
    func find(_ line: Int, _ what: String) { findings.append("\(file.path):\(line + 1): \(what)") }

    if text.lines.count > linesMaximum {
        find(linesMaximum, "more than \(linesMaximum) lines: find the second idea and move it out")
    }
    for (index, line) in text.lines.enumerated() {
        if line.count > columnsMaximum { find(index, "more than \(columnsMaximum) columns") }
        if line.contains("\t") { find(index, "a tab") }
        if wordInComment.isIn(text.comments[index]) { find(index, wordInComment.advice) }
        let code = text.code[index]
        for phrase in phrases where phrase.isIn(code) {
            if phrase.isExcusedByComment && isCommented(index, text) { continue }
            find(index, "\(line.trimmingCharacters(in: .whitespaces)): \(phrase.advice)")
        }
    }
    for function in functions(of: text) where function.count > functionLinesMaximum {
        find(
            function.lowerBound,
            "a function of \(function.count) lines; \(functionLinesMaximum) fit a screen")
    }
    return findings
}

let linesMaximum = 500
let columnsMaximum = 100
let functionLinesMaximum = 70

private let wordInComment = BannedPhrase(
    pattern: #"\b(TODO|FIXME|XXX)\b"#, advice: "do it, or open an issue")

private func isCommented(_ index: Int, _ text: SourceText) -> Bool {
    let here = text.comments[index].contains("//")
    let above = index > 0 && text.comments[index - 1].contains("//")
    return here || above
}

/// The lines from each `func` or `init` to its closing brace.
private func functions(of text: SourceText) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for (start, line) in text.code.enumerated() {
        guard line.range(of: #"\b(func\s|init[?(<])"#, options: .regularExpression) != nil,
            line.range(of: #"\.init\b|\}$"#, options: .regularExpression) == nil
        else { continue }
        let indent = line.prefix { $0 == " " }
        // Formatted code closes a body on a line of its own, as far in as the first.
        let signature = text.code[start...].prefix { !$0.hasSuffix("{") }
        let body = start + signature.count
        guard signature.dropFirst().allSatisfy({ $0.hasPrefix(indent) && $0 != indent + "}" }),
            let end = text.code[body...].dropFirst().firstIndex(where: {
                $0.hasPrefix(indent + "}")
            })
        else { continue }
        found.append(start..<end + 1)
    }
    return found
}

/// The modules that a file imports.
func importedModules(of text: SourceText) -> Set<String> {
    let form =
        #"^\s*(@\w+\s+)*((public|package|internal|private|fileprivate)\s+)?import\s+"#
        + #"((struct|class|enum|protocol|func|var|let|typealias)\s+)?"#
    return Set(
        text.code.compactMap { line in
            guard let range = line.range(of: form, options: .regularExpression) else { return nil }
            return line[range.upperBound...].split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                .first.map(String.init)
        })
}
