import Foundation
import Model
import Testing

@testable import ECSAPI

@Suite("JSON")
struct JSONTests {
    private func read<Shape: JSONReadable>(_ type: Shape.Type, _ text: String) -> Shape? {
        try? JSONReader.read(type, from: Array(text.utf8))
    }

    private func fault<Shape: JSONReadable>(_ type: Shape.Type, _ text: String) -> String {
        do throws(RequestFault) {
            _ = try JSONReader.read(type, from: Array(text.utf8))
            return ""
        } catch {
            switch error {
            case .malformed(let sentence): return sentence
            case .violation(let violation): return violation.message
            }
        }
    }

    private func text(_ value: some JSONWritable) -> String {
        String(decoding: Coding.encode(value), as: UTF8.self)
    }

    @Test(
        "text that breaks the grammar is refused",
        arguments: [
            "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}",
            "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "[1 2]", "01", "-", "+1", "1.", ".5", "1e", "1e+",
            "0x1", "nul", "truee", "True", "NaN", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"",
            "\"\\u12g4\"", "\"\\u+123\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
            "\"\n\"", "\"\t\"", "[1]]", "1 1", "// 1", "'a'",
        ])
    func grammar(_ text: String) {
        #expect(read(JSONValue.self, text) == nil)
    }

    @Test("bytes that are no UTF-8 are refused")
    func encoding() {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
            #expect((try? JSONReader.read(String.self, from: text)) == nil)
        }
    }

    @Test("what is nested too deep is refused, and nobody's stack is used up")
    func depth() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(read(JSONValue.self, deep) == nil)
        let lists = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(read(JSONValue.self, lists) != nil)
    }

    @Test("strings come as they were sent, escapes resolved")
    func strings() {
        #expect(
            read(String.self, #" "a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀" "#)
                == "a\"\\/\u{8}\u{C}\n\r\té😀é😀")
        #expect(read([String].self, #"["", "a" , "\u0041"]"#) == ["", "a", "A"])
    }

    @Test("a NUL in a string is told of by name")
    func nul() {
        #expect(fault(String.self, #""a\u0000""#).contains("NUL"))
    }

    @Test("integers may be written as whole numbers of any form")
    func integers() {
        #expect(
            read([Int].self, "[0, -0, 7, -12, 1.0, 1e3, 9223372036854775807]")
                == [0, 0, 7, -12, 1, 1_000, .max])
        #expect(read(Int.self, "1.5") == nil)
        #expect(read(Int.self, "9223372036854775808") == nil)
    }

    @Test("a value that does not fit is named by its place")
    func places() {
        typealias Request = ECS.RegisterTaskDefinitionRequest
        #expect(
            fault(Request.self, #"{"containerDefinitions": [{}, {"name": 1}]}"#)
                == "The value at 'containerDefinitions[1].name' has the wrong type: a string is "
                + "expected.")
        #expect(
            fault(Request.self, #"{"containerDefinitions": [null]}"#)
                == "The value at 'containerDefinitions[0]' is null: an object is expected.")
        #expect(
            fault(Request.self, "[]")
                == "The value at the top has the wrong type: an object is expected.")
        #expect(
            fault(Request.self, #"{"networkMode": "x"}"#).contains("at 'networkMode' failed"))
        #expect(
            fault(Request.self, #"{"containerDefinitions": [{"cpu": true}]}"#)
                .contains("an integer is expected"))
    }

    @Test("members that nobody knows and nulls are passed over; of two the last one counts")
    func members() throws {
        let tag = try #require(
            read(
                ECS.Tag.self,
                #"{"x": [{"y": 1e999}, [], "a"], "key": "a", "value": null, "key": "b"}"#))
        #expect(tag.key == "b")
        #expect(tag.value == nil)
    }

    @Test("what is written is what Foundation reads, escapes included")
    func written() throws {
        let odd = "quote \" backslash \\ slash / tab \t newline \n bell \u{7} é 😀 plain and long"
        for length in 0...40 {
            for text in [String(odd.suffix(length)), String(odd.prefix(length))] {
                let data = Data(Coding.encode([text]))
                #expect(try JSONDecoder().decode([String].self, from: data) == [text])
                #expect(read([String].self, String(decoding: data, as: UTF8.self)) == [text])
            }
        }
    }

    @Test("every byte that has to be escaped is, wherever it stands")
    func escapes() throws {
        for byte in [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F] as [UInt8] {
            for place in 0..<20 {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
                bytes[place] = byte
                let text = String(decoding: bytes, as: UTF8.self)
                let data = Data(Coding.encode(text))
                #expect(try JSONDecoder().decode(String.self, from: data) == text)
            }
        }
    }

    @Test("members are sorted and absent ones left out; empty lists and objects stay")
    func objects() {
        #expect(text(ECS.Tag(key: "k", value: nil)) == #"{"key":"k"}"#)
        #expect(text(ECS.DescribeTasksResponse(tasks: [], failures: nil)) == #"{"tasks":[]}"#)
        #expect(text(["b": "2", "a": "1"]) == #"{"a":"1","b":"2"}"#)
        #expect(text([[1, 2], [], [-3]]) == "[[1,2],[],[-3]]")
        #expect(text([Int.min, .max]) == "[-9223372036854775808,9223372036854775807]")
    }

    @Test(
        "times are seconds with the fraction that they have",
        arguments: [
            (1_764_321_000_000, "1764321000"), (1_764_321_000_100, "1764321000.1"),
            (1_764_321_000_120, "1764321000.12"), (1_764_321_000_123, "1764321000.123"),
            (1_764_321_000_023, "1764321000.023"), (1_764_321_000_003, "1764321000.003"),
            (0, "0"), (5, "0.005"), (-1_500, "-1.5"),
        ])
    func times(_ milliseconds: Int, _ expected: String) {
        #expect(text(Timestamp(WallTime(milliseconds: Int64(milliseconds)))) == expected)
    }

    @Test("a whole number has no fraction")
    func numbers() {
        #expect(text([0.5, 1, 100, -2.25]) == "[0.5,1,100,-2.25]")
        #expect(text(JSONValue.object(["n": .number(3), "x": .null])) == #"{"n":3,"x":null}"#)
    }
}
