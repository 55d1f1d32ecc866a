import QueryLanguage
import Testing

@Suite("A regular expression")
struct PatternTests {
    static func pattern(_ source: String) throws(QuerySyntaxError) -> Pattern {
        try Pattern(source, stepsMaximum: 500)
    }

    @Test(
        "matches a value as a whole",
        arguments: [
            ("", ["": true, "a": false]),
            ("t2.*", ["t2.small": true, "t2": true, "at2": false, "t3.small": false]),
            ("t2\\..*", ["t2.small": true, "t2small": false]),
            ("a|b|", ["a": true, "b": true, "": true, "ab": false]),
            ("(a|bc)*d?", ["": true, "abcbca": true, "d": true, "b": false, "add": false]),
            ("a+?b*?", ["a": true, "aab": true, "b": false]),
            ("a{2}", ["a": false, "aa": true, "aaa": false]),
            ("a{2,}", ["a": false, "aa": true, "aaaaa": true]),
            ("a{1,3}", ["": false, "a": true, "aaa": true, "aaaa": false]),
            ("a{0}", ["": true, "a": false]),
            ("[a-c_]+", ["abc_": true, "d": false]),
            ("[^a-c]", ["d": true, "a": false, "é": true, "\n": true]),
            ("[a\\]\\-z]+", ["a]-z": true, "b": false]),
            ("[-a]", ["-": true, "a": true]),
            ("[a-]", ["-": true, "a": true]),
            ("[\\w.]+", ["a.b_9": true, "-": false]),
            ("[^\\d\\s]+", ["ab": true, "a1": false, "a b": false]),
            ("\\d\\D\\w\\W\\s\\S", ["1aa- x": true, "aaa- x": false]),
            (".", ["é": true, "\n": false, "\u{2028}": false, "": false]),
            ("^a$", ["a": true, "": false]),
            ("a^b", ["ab": false]),
            ("a$b", ["ab": false, "a": false]),
            ("(^|x)a($|y)", ["a": true, "xay": true, "ya": false]),
            ("$", ["": true]),
            ("(?:ab)+(?<name>c)", ["ababc": true, "c": false]),
            ("\\x41\\u00e9\\t", ["A\u{e9}\t": true]),
            ("a}]", ["a}]": true]),
            (
                "(a|b){70}c*",
                [
                    String(repeating: "ab", count: 35): true,
                    String(repeating: "ab", count: 35) + "cc": true,
                    String(repeating: "ab", count: 34) + "a": false,
                    String(repeating: "b", count: 71): false,
                ]
            ),
            ("()*", ["": true, "a": false]),
            ("(a*)*b", ["aaab": true, "aaa": false]),
            ("[\\x00-\\uffff]", ["a": true, "😀": false]),
        ] as [(String, [String: Bool])])
    func matches(source: String, cases: [String: Bool]) throws {
        let pattern = try Self.pattern(source)
        for (value, expected) in cases {
            #expect(pattern.matches(value) == expected, "\(value)")
        }
    }

    @Test(
        "is refused by name and place where it can't be matched without going back",
        arguments: [
            ("(a)\\1", 4, "a back reference '\\1'"),
            ("a(?!b)", 2, "a lookahead '(?!'"),
            ("(?<=a)b", 1, "a lookbehind '(?<='"),
            ("(?<!a)b", 1, "a lookbehind '(?<!'"),
            ("(?>a)", 1, "an atomic group '(?>'"),
            ("(?i)a", 1, "a group with flags '(?'"),
            ("a*+", 3, "a possessive repetition '+'"),
            ("\\bword", 1, "a word boundary '\\b'"),
            ("\\p{L}", 1, "a class of Unicode '\\p'"),
            ("\\Qa\\E", 1, "a quotation '\\Q'"),
            ("\\A", 1, "a boundary of the input '\\A'"),
            ("[a[b]]", 3, "a class in a class '['"),
            ("[a&&b]", 3, "an intersection of classes '&&'"),
            ("\\h", 1, "an escape '\\h'"),
        ])
    func unsupported(source: String, position: Int, what: String) throws {
        #expect(throws: QuerySyntaxError.unsupported(position, what)) { try Self.pattern(source) }
    }

    @Test(
        "is refused where it is none",
        arguments: [
            ("a**", 3, "'*' has nothing to repeat"), ("+a", 1, "'+' has nothing to repeat"),
            ("^*", 2, "'*' has nothing to repeat"), ("(a", 1, "the group '(' is not closed"),
            ("a)", 2, "a ')' without its '('"), ("[a", 1, "the class '[' is not closed"),
            ("[]", 2, "the class '[' is empty; write \\] for a ']' in it"),
            ("[z-a]", 2, "the range of characters ends before its start"),
            ("[a-\\d]", 4, "a range of characters needs a character at its end"),
            ("a{", 2, "expected a repetition such as {2}, {2,} or {2,5}"),
            ("a{3,2}", 2, "the repetition ends below its start"),
            ("\\", 1, "nothing follows the '\\'"),
            ("\\x4", 1, "expected hexadecimal digits behind '\\x'"),
        ])
    func bad(source: String, position: Int, problem: String) throws {
        let error = QuerySyntaxError(position: position, problem: problem)
        #expect(throws: error) { try Self.pattern(source) }
    }

    @Test("has a bound, whatever its repetitions are of")
    func bound() throws {
        #expect(throws: Never.self) { try Self.pattern("a{500}") }
        for source in ["a{501}", "(a{40}){40}", "((){999}){999}", "((){999999999}){999999999}"] {
            #expect(throws: QuerySyntaxError.self) { try Self.pattern(source) }
        }
        let deep = String(repeating: "(", count: 60) + String(repeating: ")", count: 60)
        #expect(throws: QuerySyntaxError.self) { try Self.pattern(deep) }
    }

    @Test("costs no more than its steps for each character", .timeLimit(.minutes(1)))
    func linear() throws {
        // What going back would take until the end of the world.
        let value = String(repeating: "a", count: 250)
        for source in ["(a*)*b", "(a|a)*b", "(a|aa)+$x", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]"] {
            #expect(try !Self.pattern(source).matches(value))
        }
    }
}

extension QuerySyntaxError {
    fileprivate static func unsupported(_ position: Int, _ what: String) -> QuerySyntaxError {
        QuerySyntaxError(
            position: position,
            problem: "the regular expression has \(what), which is not supported")
    }
}
