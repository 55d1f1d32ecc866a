import Foundation
import Journal
import Model
import Testing

@Suite struct JSONTextTests {
    private enum Choice: Codable, Equatable {
        case plain
        case numbers([Int])
        case named(first: String, second: Bool)
    }

    private struct Inner: Codable, Equatable {
        var text: String?
        var choice: Choice
    }

    private struct Outer: Codable, Equatable {
        var text: String
        var small: Int8 = .min
        var large: UInt64 = .max
        var least: Int = .min
        var fraction = -0.125
        var flag = true
        var absent: Int?
        var inner: Inner?
        var list: [Inner?] = []
        var nested: [[UInt16]] = [[], [1, 2], [.max]]
        var bytes: [UInt8] = []
    }

    /// Has two containers of its own, one of them within the other's member.
    private struct Odd: Encodable {
        enum Key: CodingKey { case one, two, three }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            var list = container.nestedUnkeyedContainer(forKey: .one)
            try list.encode(1)
            var inner = list.nestedContainer(keyedBy: Key.self)
            try inner.encodeNil(forKey: .two)
            try list.encode("end")
            try container.encode(2, forKey: .two)
            try "x".encode(to: container.superEncoder(forKey: .three))
        }
    }

    private struct Nothing: Encodable {
        func encode(to encoder: any Encoder) {}
    }

    @Test("What it writes is what was meant")
    func roundTrip() throws {
        let texts = ["", "plain", "\"\\/\u{0}\u{1F}\u{7F}\n\t", "é\u{2028}🚢", "a\u{301}"]
        for text in texts {
            let value = Outer(
                text: text, inner: Inner(text: text, choice: .named(first: text, second: false)),
                list: [nil, Inner(choice: .plain), Inner(choice: .numbers([1, -2]))],
                bytes: Array(text.utf8))
            let json = try JSONText().encode(value)
            let decoded = try JSONDecoder().decode(Outer.self, from: Data(json.utf8))
            #expect(decoded == value)
            let foundation = try JSONEncoder().encode(value)
            let ours = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary
            let theirs = try JSONSerialization.jsonObject(with: foundation) as? NSDictionary
            #expect(ours != nil && ours == theirs)
        }
    }

    @Test("A part that values share comes out the same each time, and another one as it is")
    func shared() throws {
        struct Holder: Codable, Equatable {
            var name: String
            var part: Shared<Inner>
            var rest: [Int]
        }
        let parts = [Shared(Inner(text: "a", choice: .plain)), Shared(Inner(choice: .plain))]
        let text = JSONText()
        for (name, part) in [("1", 0), ("2", 0), ("3", 1), ("4", 1), ("5", 0)] {
            let value = Holder(name: name, part: parts[part], rest: [7])
            let json = try text.encode(value)
            #expect(try json == JSONText().encode(value))
            #expect(try JSONDecoder().decode(Holder.self, from: Data(json.utf8)) == value)
        }
    }

    @Test("Containers end where their parent goes on")
    func nesting() throws {
        let odd = #"{"one":[1,{"two":null},"end"],"two":2,"three":"x"}"#
        #expect(try JSONText().encode(Odd()) == odd)
        #expect(try JSONText().encode([Nothing(), Nothing()]) == "[{},{}]")
        #expect(try JSONText().encode([String]()) == "[]")
        #expect(try JSONText().encode(0) == "0")
        #expect(throws: EncodingError.self) { try JSONText().encode([Double.nan]) }
    }
}
