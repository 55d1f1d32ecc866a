import QueryLanguage
import Testing

@Suite("What is wrong with a query")
struct QuerySyntaxTests {
    static func error(of text: String) -> QuerySyntaxError? {
        do throws(QuerySyntaxError) {
            _ = try ClusterQuery(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "is told with the character and what was expected there",
        arguments: [
            ("", 1, "expected a subject: attribute:<name>, agentConnected"),
            ("   ", 4, "found the end of the expression"),
            ("x", 1, "expected a subject: attribute:<name>, agentConnected, agentVersion"),
            ("foo == bar", 1, "found 'foo'"),
            ("attribute: == x", 11, "expected the name of an attribute, found ' '"),
            ("attribute:a", 12, "expected one of the operators ==, !=, >"),
            ("attribute:a = b", 13, "found '='"),
            ("attribute:a is b", 13, "found 'is'"),
            ("attribute:a !matches b", 13, "expected one of the operators"),
            ("attribute:a ==", 15, "expected a value, found the end of the expression"),
            ("attribute:a == b c", 18, "expected 'and', 'or' or the end, found 'c'"),
            ("attribute:a == b and", 21, "expected a subject"),
            ("attribute:a == b and or", 22, "found 'or'"),
            ("attribute:a == b & agentConnected == true", 18, "expected 'and', 'or' or the end"),
            ("(attribute:a == b", 18, "expected 'and', 'or' or ')', found the end"),
            ("attribute:a == b)", 17, "expected 'and', 'or' or the end, found ')'"),
            ("()", 2, "expected a subject"),
            ("attribute:a == (b)", 16, "parentheses go around expressions, not into one"),
            ("attribute:a =~ (b|c)", 16, "parentheses go around expressions, not into one"),
            ("attribute:a == [b]", 16, "only 'in' and '!in' take a list"),
            ("attribute:a in b", 16, "expected a list such as [a, b], found 'b'"),
            ("attribute:a in []", 17, "expected a value of the list, found ']'"),
            ("attribute:a in [b c]", 19, "expected ',' or ']', found 'c'"),
            ("attribute:a in [b", 18, "expected ',' or ']', found the end"),
            ("attribute:a == 'b", 16, "the quote ' is not closed"),
            ("attribute:a == b=c", 17, "expected the end of the value, or quotes around it"),
            ("attribute:a == \"b\"", 16, "expected a value, found '\"'"),
            ("agentConnected exists", 16, "agentConnected does not take 'exists', only ==, !="),
            ("agentConnected == yes", 19, "expected true or false, found 'yes'"),
            ("agentConnected in [true, maybe]", 26, "expected true or false, found 'maybe'"),
            ("agentVersion =~ 1.*", 14, "agentVersion does not take '=~', only ==, !=, >, >="),
            ("agentVersion > new", 16, "expected a version such as 1.20.0, found 'new'"),
            ("runningTasksCount > 1.5", 21, "expected a whole number, found '1.5'"),
            ("registeredAt > 2018-02-29", 16, "expected a time such as 2018-06-18T22:28:28+00:00"),
            ("registeredAt > 2018-6-1", 16, "expected a time"),
            ("registeredAt in [2018-06-18]", 14, "registeredAt does not take 'in'"),
            ("task:group > a", 12, "task:group does not take '>'"),
            ("task:family == a", 1, "found 'task:family'"),
            ("attribute:a =~ '['", 17, "the class '[' is not closed"),
            ("attribute:a =~ *", 16, "'*' has nothing to repeat"),
            ("attribute:a =~ 'x(?=y)'", 18, "a lookahead '(?=', which is not supported"),
            ("attribute:a =~ 'x{0,9999}'", 17, "the regular expression is too large"),
            (
                "attribute:a =~ a{200} and attribute:a =~ a{101}", 42,
                "it has 101 steps, and 50 are left for it"
            ),
            ("AND", 1, "expected a subject"),
        ])
    func errors(text: String, position: Int, problem: String) throws {
        let error = try #require(Self.error(of: text))
        #expect(error.position == position)
        #expect(error.problem.contains(problem))
        #expect(error.description == "at character \(position): \(error.problem)")
    }

    @Test("length and depth have bounds")
    func bounds() throws {
        let condition = "attribute:a == "
        let longest = condition + String(repeating: "b", count: 2_000 - condition.count)
        #expect(Self.error(of: longest) == nil)
        #expect(
            Self.error(of: longest + "b")
                == QuerySyntaxError(
                    position: 2_001,
                    problem: "the expression has 2001 characters, more than 2000"))
        let deep = { (depth: Int) in
            String(repeating: "(", count: depth) + "\(condition)b"
                + String(repeating: ")", count: depth)
        }
        #expect(Self.error(of: deep(50)) == nil)
        #expect(Self.error(of: deep(51))?.position == 52)
        #expect(Self.error(of: String(repeating: "!", count: 1_900))?.position == 52)
        #expect(Self.error(of: String(repeating: "(", count: 2_000))?.position == 52)
    }
}
