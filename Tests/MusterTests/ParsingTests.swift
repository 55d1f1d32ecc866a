import Model
import Testing

@testable import muster

@Suite("What a person types is understood, or told apart kindly")
struct ParsingTests {
    @Test(
        "Time spans",
        arguments: [
            ("500ms", 500), ("3s", 3_000), ("1.5m", 90_000), ("1m30s", 90_000), ("2h", 7_200_000),
        ])
    func durations(text: String, milliseconds: Int64) throws {
        #expect(Duration(span: text)?.milliseconds == milliseconds)
    }

    @Test("No time spans", arguments: ["", "3", "s", "3x", "-1s", "1e9h", "1..5s"])
    func noDurations(text: String) {
        #expect(Duration(span: text) == nil)
    }

    @Test("Addresses")
    func addresses() throws {
        #expect(try Address("127.0.0.1:4566") == Address(host: "127.0.0.1", port: 4_566))
        #expect(try Address("[::1]:0").description == "[::1]:0")
        #expect(try Address("0.0.0.0:80").reachable.description == "127.0.0.1:80")
        for text in ["", "4566", "localhost", "::1:80", ":80", "host:70000", "host:x"] {
            #expect(throws: Complaint.self) { try Address(text) }
        }
    }

    @Test(
        "Only addresses of this machine alone count as loopback",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("localhost", true),
            ("0.0.0.0", false), ("::", false), ("10.0.0.1", false), ("example.com", false),
        ])
    func loopback(host: String, expected: Bool) {
        #expect(Address(host: host, port: 1).isLoopback == expected)
    }

    @Test("Attributes as pairs, as JSON and as a map of a file")
    func attributes() throws {
        let expected = [Attribute(name: "rack", value: "a1"), Attribute(name: "ssd", value: "yes")]
        #expect(try Parse.attributes(.text("rack=a1,ssd=yes")) == expected)
        #expect(try Parse.attributes(.text(#"{"ssd": "yes", "rack": "a1"}"#)) == expected)
        #expect(
            try Parse.attributes(
                .pairs([.init(name: "rack", value: "a1"), .init(name: "ssd", value: "yes")]))
                == expected)
        #expect(try Parse.attributes(.text("bare")) == [Attribute(name: "bare")])
        for text in ["a b=c", "=x", "{\"rack\": 1}", "{", "k= v"] {
            #expect(throws: Complaint.self) { try Parse.attributes(.text(text)) }
        }
    }

    @Test("Ports in the form of ECS's agent and with commas")
    func ports() throws {
        #expect(try Parse.ports(.text("[22, 80]")) == [22, 80])
        #expect(try Parse.ports(.text("22,80")) == [22, 80])
        #expect(try Parse.ports(.text("[]")) == [])
        #expect(throws: Complaint.self) { try Parse.ports(.text("22;80")) }
        #expect(throws: Complaint.self) { try Parse.ports(.text("70000")) }
    }

    @Test("Names that could lead out of a folder are none")
    func names() throws {
        #expect(try Parse.name(.text("worker-1.a_b")) == "worker-1.a_b")
        for text in ["", "..", ".x", "a/b", "a b", String(repeating: "a", count: 256), "é"] {
            #expect(throws: Complaint.self) { try Parse.name(.text(text)) }
        }
    }

    @Test("An endpoint as the AWS CLI takes it")
    func endpoint() throws {
        #expect(try ManagerClient.address(of: "http://localhost:4566/").port == 4_566)
        #expect(try ManagerClient.address(of: "10.0.0.1:80").host == "10.0.0.1")
        #expect(throws: Complaint.self) { try ManagerClient.address(of: "https://localhost:4566") }
    }

    @Test("A command line can be pasted into a shell")
    func shell() {
        #expect(Shell.line(["muster", "--data", "/a b", ""]) == "muster --data '/a b' ''")
        #expect(Shell.line(["it's"]) == #"'it'\''s'"#)
    }

    @Test("An image map names a command for each image")
    func imageMap() throws {
        let text = "python: python3 -u\nbusybox:1.36: [busybox]\n"
        #expect(
            try ImageMap.parse(text, path: "x")
                == ["python": ["python3", "-u"], "busybox:1.36": ["busybox"]])
        #expect(throws: Failure.self) { try ImageMap.parse("- a", path: "x") }
    }
}
