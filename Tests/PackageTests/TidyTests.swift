import Foundation
import Testing

@Suite struct TidyTests {
    @Test("Every source is tidy, and pure modules decide without clock, chance, I/O or concurrency")
    func tree() throws {
        let table = try String(contentsOfFile: root + "/Sources/README.md", encoding: .utf8)
        let pure = readFloors(table: table).filter { $0.kind == .pure }.map(\.module)
        #expect(pure.count >= 9)
        let files = try sources(in: "Sources") + sources(in: "Tests")
        #expect(files.count > 60)
        let findings = files.flatMap { file in
            tidyFindings(
                file, isPure: pure.contains { file.path.hasPrefix("Sources/\($0)/") })
        }
        #expect(findings.isEmpty, "\n\(findings.joined(separator: "\n"))")
    }

    @Test(
        "What a pure module must not say is found",
        arguments: [
            "import Foundation", "public import NIOCore", "import Dispatch",
            "import struct Glibc.tm",
            "func f() async {}", "await g()", "Task { }", "Task.detached", "Task{}",
            "let d = Date()",
            "Date.now", "UUID()", "Int.random(in: 0..<3)", "list.shuffled()",
            "list.randomElement()",
            "print(1)", "ProcessInfo.processInfo", "fatalError()", "try! f()",
            #"let text = "now: \(Date())""#, ##"let raw = #"now: \#(Date())"#"##,
            "ContinuousClock.now",
            "/* fine */ await g()", "var generator = SystemRandomNumberGenerator()",
        ])
    func banned(line: String) {
        let file = SourceFile(path: "Sources/Pure/A.swift", text: "let a = 1\n\(line)\n")
        let findings = tidyFindings(file, isPure: true)
        #expect(findings.count == 1)
        #expect(findings.allSatisfy { $0.hasPrefix("Sources/Pure/A.swift:2: ") })
    }

    @Test(
        "What only looks like it is not",
        arguments: [
            "// await Task { Date() }", "/// print(1)", "/* import Foundation */ let a = 1",
            "/* /* nested */ await */", #"let text = "await Task { Date() }""#,
            "let text = \"\"\"\n    await \"quoted\" Date()\n    \"\"\"",
            ##"let raw = #"a "await" b"#"##,
            #"let escaped = "\"await""#, #"let text = "\(name(")")) await""#, "ECSTask(id: id)",
            "View.Task(id: id)",
            "let updateDate = 1", "Int.random(in: 0..<3, using: &random)",
            "list.shuffled(using: &random)", "list.randomElement(using: &random)", "case .task { }",
            "import Model", "fingerprint(a)", "let asyncish = 1", "try f()",
        ])
    func allowed(line: String) {
        let file = SourceFile(path: "Sources/Pure/A.swift", text: line + "\n")
        #expect(tidyFindings(file, isPure: true) == [])
    }

    @Test("A shell may do what a pure module may not")
    func shell() {
        let file = SourceFile(
            path: "Sources/Shell/A.swift",
            text: "import Foundation\nfunc f() async { print(Date()) }")
        #expect(tidyFindings(file, isPure: false) == [])
    }

    @Test(
        "What no file may have is found",
        arguments: [
            ("Sources/A/A.swift", "\tlet a = 1"), ("Sources/A/A.c", "\tint a;"),
            ("Sources/A/A.swift", "// TODO: later"), ("Tests/A/A.swift", "/* FIXME */"),
            ("Sources/A/A.swift", String(repeating: "a", count: 101)),
            ("Sources/A/A.swift", "fatalError()"), ("Sources/A/A.swift", "try! f()"),
            ("Tests/A/A.swift", "try await Task.sleep(for: .seconds(1))"),
            ("Tests/A/A.swift", "usleep(10)"), ("Tests/A/A.swift", "await clock.sleep(for: .zero)"),
            ("Tests/A/A.swift", "ContinuousClock().sleep(until: then)"),
            ("Tests/A/A.swift", "Thread.sleep(forTimeInterval: 1)"),
            ("Sources/A/A.swift", "final class A: @unchecked Sendable {}"),
            ("Sources/A/A.swift", "nonisolated(unsafe) var a = 1"),
            ("Sources/A/A.swift", String(repeating: "a\n", count: 501)),
            (
                "Sources/A/A.swift",
                "func f() {\n" + String(repeating: "    a()\n", count: 69) + "}\nfunc g() {\n}"
            ),
            (
                "Sources/A/A.swift",
                "struct A {\n    init(\n        a: Int\n    ) {\n"
                    + String(repeating: "        a()\n", count: 67) + "    }\n}"
            ),
        ])
    func untidy(path: String, text: String) {
        #expect(tidyFindings(SourceFile(path: path, text: text), isPure: false).count == 1)
    }

    @Test(
        "What any file may have is not",
        arguments: [
            ("Tests/A/A.swift", #"let command = "sleep 1""#), ("Tests/A/A.swift", "try! f()"),
            ("Tests/A/A.swift", "// polls the API\nawait clock.sleep(for: .zero)"),
            ("Tests/A/A.swift", "func sleep() {\n    story.sleep()\n}"),
            ("Sources/A/A.swift", #"let text = "TODO""#), ("Sources/A/A.swift", "sleep(1)"),
            ("Sources/A/A.swift", "// the lock\nfinal class A: @unchecked Sendable {}"),
            ("Sources/A/A.swift", "nonisolated(unsafe) var a = 1  // the event loop"),
            ("Sources/A/Generated/A.swift", String(repeating: "a\n", count: 501)),
            ("Sources/A/A.pb-c.c", "\tint a;"),
            ("Sources/A/A.swift", String(repeating: "a\n", count: 500)),
            ("Sources/A/A.swift", String(repeating: "ü", count: 100)),
            (
                "Sources/A/A.swift",
                "protocol P {\n    func f()\n    init(a: Int)\n}\n"
                    + String(repeating: "let a = 1\n", count: 80)
            ),
            ("Sources/A/A.swift", "func f() {\n" + String(repeating: "    a()\n", count: 68) + "}"),
        ])
    func tidy(path: String, text: String) {
        #expect(tidyFindings(SourceFile(path: path, text: text), isPure: false) == [])
    }

    @Test("Imports are read in all their forms")
    func imports() {
        let text = SourceText(
            """
            import A
            public import B
            @testable import C
            import struct D.Thing
              @_exported public import E
            // import F
            let g = "import G"
            """)
        #expect(importedModules(of: text) == ["A", "B", "C", "D", "E"])
    }
}
