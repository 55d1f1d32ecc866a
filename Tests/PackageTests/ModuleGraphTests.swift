import Foundation
import Testing

@Suite struct ModuleGraphTests {
    @Test("Modules depend on lower floors only, and their READMEs say so")
    func graph() async throws {
        let modules = try readModules(dump: await dumpPackage())
        let table = try String(contentsOfFile: root + "/Sources/README.md", encoding: .utf8)
        let floors = readFloors(table: table)
        print(picture(modules: modules, floors: floors))
        let findings = graphFindings(modules: modules, floors: floors) { module in
            try? String(contentsOfFile: root + "/Sources/\(module)/README.md", encoding: .utf8)
        }
        #expect(findings.isEmpty, "\n\(findings.joined(separator: "\n"))")
        #expect(modules.count > 15)
    }

    @Test("A module imports only what it declares")
    func declaredImports() async throws {
        let modules = try readModules(dump: await dumpPackage())
        let ours = Set(modules.map(\.name))
        for module in modules {
            let declared = Set(module.modules + [module.name])
            for file in try sources(in: "Sources/\(module.name)") {
                let imported = importedModules(of: SourceText(file.text))
                let undeclared = imported.intersection(ours).subtracting(declared)
                #expect(undeclared.isEmpty, "\(file.path) imports \(undeclared)")
            }
        }
    }

    @Test(
        "The check finds what it is there to find",
        arguments: [
            ("downward", Module(name: "B", modules: ["A"]), "**Imports:** A.", []),
            ("nothing", Module(name: "B"), "# B\n\n**Imports:** nothing.\n", []),
            ("system", Module(name: "B", modules: ["System"]), "**Imports:** `System`.", []),
            (
                "upward", Module(name: "B", modules: ["C"]), "**Imports:** C.",
                ["B (floor 2) must not depend on C (floor 3): dependencies run strictly downward."]
            ),
            (
                "sideways", Module(name: "B", modules: ["B2"]), "**Imports:** B2.",
                ["B (floor 2) must not depend on B2 (floor 2): dependencies run strictly downward."]
            ),
            (
                "input and output", Module(name: "B", products: ["HeapModule", "NIOCore"]),
                "**Imports:** nothing.", ["B is pure and must not depend on NIOCore."]
            ),
            (
                "unsaid", Module(name: "B", modules: ["A"]), "# B",
                ["Sources/B/README.md needs the line: **Imports:** A."]
            ),
            (
                "said wrongly", Module(name: "B", modules: ["A"]), "**Imports:** A, System.",
                ["Sources/B/README.md needs the line: **Imports:** A."]
            ),
            (
                "not in the table", Module(name: "D"), "**Imports:** nothing.",
                [
                    "Sources/README.md names B, which Package.swift does not have.",
                    "Sources/README.md needs a row for D.",
                ]
            ),
        ] as [(String, Module, String, [String])])
    func samples(name: String, module: Module, readme: String, expected: [String]) {
        let table = """
            | floor | module | kind | one sentence |
            |---|---|---|---|
            | 2 | `System` | C | high up in the table, but a system library |
            | 1 | `A` | pure | low |
            | 2 | `B` | pure | between |
            | 2 | `B2` | shell | beside |
            | 3 | `C` | shell | high |
            """
        let others = [
            Module(name: "System", isSystem: true), Module(name: "A"), Module(name: "B2"),
            Module(name: "C"),
        ]
        let findings = graphFindings(
            modules: others + [module], floors: readFloors(table: table)
        ) { $0 == module.name ? readme : "**Imports:** nothing." }
        #expect(findings == expected)
    }

    @Test("A missing README is found")
    func missingReadme() {
        let floors = [Floor(floor: 1, module: "A", kind: .pure)]
        let findings = graphFindings(modules: [Module(name: "A")], floors: floors) { _ in nil }
        #expect(findings == ["Sources/A/README.md is missing."])
    }

    @Test("The package's description is read as SwiftPM writes it")
    func dump() throws {
        let text = """
            {"name": "p", "targets": [
              {"name": "S", "type": "system", "dependencies": []},
              {"name": "A", "type": "regular", "dependencies": [
                {"byName": ["S", null]}, {"target": ["T", {"platformNames": ["linux"]}]},
                {"product": ["Logging", "swift-log", null, null]}]},
              {"name": "Helpers", "type": "regular", "path": "Tests/Helpers", "dependencies": []},
              {"name": "ATests", "type": "test", "dependencies": [{"byName": ["A", null]}]}]}
            """
        #expect(
            try readModules(dump: Data(text.utf8)) == [
                Module(name: "S", isSystem: true),
                Module(name: "A", modules: ["S", "T"], products: ["Logging"]),
            ])
    }
}

/// Asks SwiftPM for the package's description, apart from the build that runs this test.
private func dumpPackage() async throws -> Data {
    let scratch = NSTemporaryDirectory() + "muster-dump-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    let output = scratch + "/dump.json"
    try Data().write(to: URL(fileURLWithPath: output))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
        "swift", "package", "--package-path", root, "--scratch-path", scratch, "dump-package",
    ]
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    let status = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    try #require(status == 0, "swift package dump-package failed")
    return try Data(contentsOf: URL(fileURLWithPath: output))
}
