import Foundation
import Model
import Testing

@Suite("A fingerprint")
struct FingerprintTests {
    let bytes = [UInt8](0..<32)
    let text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    @Test("has 32 bytes, and is written as 64 digits")
    func forms() throws {
        let fingerprint = try #require(Fingerprint(bytes))
        #expect(fingerprint.description == text)
        #expect(fingerprint.bytes == bytes)
        #expect(Fingerprint(text) == fingerprint)
        #expect(
            try JSONDecoder().decode(Fingerprint.self, from: Data("\"\(text)\"".utf8))
                == fingerprint)
        #expect(
            try String(decoding: JSONEncoder().encode(fingerprint), as: UTF8.self) == "\"\(text)\"")
    }

    @Test("is of nothing shorter, longer or else")
    func refusals() {
        #expect(Fingerprint([UInt8](0..<31)) == nil && Fingerprint([UInt8](0..<33)) == nil)
        #expect(Fingerprint(text.dropLast()) == nil && Fingerprint(text + "0") == nil)
        #expect(Fingerprint("g" + text.dropFirst()) == nil)
    }

    @Test("matches itself and nothing that differs in one bit", arguments: 0..<256)
    func matches(bit: Int) throws {
        let fingerprint = try #require(Fingerprint(bytes))
        var other = bytes
        other[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(fingerprint.matches(fingerprint))
        #expect(try !fingerprint.matches(#require(Fingerprint(other))))
    }
}
