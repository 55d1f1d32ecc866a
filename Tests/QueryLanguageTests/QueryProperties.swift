import Foundation
import Model
import Properties
import QueryLanguage
import Testing

private struct Sample: CustomStringConvertible {
    var drawn: DrawnQuery
    var toys: [Toy]
    var description: String { "\(drawn.text)\n  on \(toys)" }
}

@Suite("Properties of queries")
struct QueryProperties {
    private static func toy(_ random: inout SeededRandom) -> Toy {
        let values = ["a", "b", "a.1", "10", "9", "x y", ""]
        var attributes: [String: String] = [:]
        for name in ["p", "q"] where Bool.random(using: &random) {
            attributes[name] = values.randomElement(using: &random)
        }
        return Toy(
            agentConnected: Bool.random(using: &random),
            agentVersion: "1.\(Int.random(in: 8...11, using: &random)).0",
            runningTasksCount: Int.random(in: 0...4, using: &random), attributes: attributes,
            groups: Set(["a", "b", "c"].filter { _ in Bool.random(using: &random) }))
    }

    @Test("a query means what it says, however it is written, and prints as itself")
    func meaning() {
        let found = Property.search(seeds: 1...3_000) { random in
            Sample(
                drawn: DrawnQuery(&random, depth: 5), toys: (0..<8).map { _ in Self.toy(&random) })
        } shrink: { sample in
            Property.shorter(sample.toys).filter { !$0.isEmpty }
                .map { Sample(drawn: sample.drawn, toys: $0) }
                + sample.drawn.smaller.map { Sample(drawn: $0, toys: sample.toys) }
        } violation: { sample in
            for text in [sample.drawn.text, sample.drawn.bare()] {
                guard text.unicodeScalars.count <= ClusterQuery.lengthMaximum else { continue }
                guard let query = try? ClusterQuery(text), let clause = query.clause else {
                    let error = QuerySyntaxTests.error(of: text)
                    return "'\(text)' is refused: \(error?.description ?? "")"
                }
                guard let again = try? ClusterQuery("\(clause)"), again.clause == clause else {
                    return "printed as '\(clause)', it is not the same"
                }
                for toy in sample.toys {
                    let holds = sample.drawn.holds(toy)
                    if query.isMet(by: toy) != holds { return "'\(text)' should be \(holds)" }
                    let obstacle = query.obstacle(for: toy)
                    if (obstacle == nil) != holds { return "the obstacle is \(obstacle as Any)" }
                    if let obstacle, let part = try? ClusterQuery("\(obstacle)"),
                        part.isMet(by: toy)
                    {
                        return "the obstacle '\(part)' is met"
                    }
                }
            }
            return nil
        }
        #expect(found == nil)
    }

    @Test("a regular expression matches what Foundation's does")
    func patterns() {
        let pieces = [
            "a", "b", ".", "[ab]", "[^a]", "\\w", "\\d", "(", ")", "(?:", "|", "*", "+", "?",
            "{2}", "{0,2}", "{1,}", "^", "$", "ab", "-", "\\.", "*?", "[\\d-]",
        ]
        let values = ["", "a", "b", "ab", "ba", "aab", "abab", "a-b", "1", "a1.", "--", "bbbb"]
        var compared = 0
        let found = Property.search(seeds: 1...6_000) { random in
            (0..<Int.random(in: 1...7, using: &random)).map { _ in
                pieces[Int.random(in: pieces.indices, using: &random)]
            }
        } shrink: {
            Property.shorter($0)
        } violation: { parts in
            let source = parts.joined()
            guard let pattern = try? Pattern(source, stepsMaximum: 500) else { return nil }
            guard let theirs = try? NSRegularExpression(pattern: "\\A(?:\(source))\\z") else {
                return "'\(source)' is no regular expression"
            }
            compared += 1
            // The same once more with its steps beyond the first 64.
            let far = try? Pattern("z{70}|(?:\(source))", stepsMaximum: 500)
            for value in values {
                let range = NSRange(location: 0, length: value.utf16.count)
                let expected = theirs.firstMatch(in: value, range: range) != nil
                if pattern.matches(value) != expected || far?.matches(value) != expected {
                    return "'\(source)' on '\(value)' should be \(expected)"
                }
            }
            return nil
        }
        #expect(found == nil)
        #expect(compared > 1_500)
    }

    @Test("no text does harm: it is a query that prints as itself, or an error inside it")
    func anyText() {
        let pieces = [
            "attribute:a", "task:group", "agentVersion", "registeredAt", " ", " ", "==", "=~",
            "in", "!in", "exists", "'", "[", "]", ",", "(", ")", "!", "not ", " and ", "||", "x",
            "1.2", "2018-06-18", "é", "\\", "*", "{2}", "\u{0}",
        ]
        let found = Property.search(seeds: 1...10_000) { random in
            (0..<Int.random(in: 0...14, using: &random)).map { _ in
                pieces[Int.random(in: pieces.indices, using: &random)]
            }
        } shrink: {
            Property.shorter($0)
        } violation: { parts in
            let text = parts.joined()
            do throws(QuerySyntaxError) {
                let clause = try ClusterQuery(text).clause
                let printed = clause.map { "\($0)" } ?? ""
                return try ClusterQuery(printed).clause == clause ? nil : "printed as '\(printed)'"
            } catch {
                let isInside = (1...text.unicodeScalars.count + 1).contains(error.position)
                return isInside ? nil : "\(error)"
            }
        }
        #expect(found == nil)
    }
}
