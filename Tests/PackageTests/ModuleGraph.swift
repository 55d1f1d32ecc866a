import Foundation

/// The package's root folder.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

/// One module as the package's description has it.
struct Module: Equatable {
    var name: String
    /// Only a link to a library of the system: below everything.
    var isSystem = false
    /// Modules of this package, in the order of `Package.swift`.
    var modules: [String] = []
    /// Products of other packages.
    var products: [String] = []
}

/// The modules of `Sources`, from the output of `swift package dump-package`.
func readModules(dump: Data) throws -> [Module] {
    struct Dump: Decodable {
        var targets: [Target]
    }
    struct Target: Decodable {
        var name: String
        var type: String
        var path: String?
        var dependencies: [[String: [Part?]]]
    }
    /// A name, or something of no interest here.
    struct Part: Decodable {
        var name: String?
        init(from decoder: any Decoder) throws {
            name = try? decoder.singleValueContainer().decode(String.self)
        }
    }
    func names(_ target: Target, _ kinds: Set<String>) -> [String] {
        target.dependencies.flatMap { dependency in
            dependency.filter { kinds.contains($0.key) }.compactMap { $0.value.first??.name }
        }
    }
    return try JSONDecoder().decode(Dump.self, from: dump).targets
        .filter { $0.type != "test" && $0.path?.hasPrefix("Tests/") != true }
        .map { target in
            Module(
                name: target.name, isSystem: target.type == "system",
                modules: names(target, ["byName", "target"]), products: names(target, ["product"]))
        }
}

/// A row of the table in `Sources/README.md`.
struct Floor: Equatable {
    var floor: Int
    var module: String
    var kind: Kind

    enum Kind: String {
        case c = "C"
        case pure, shell, command
    }
}

func readFloors(table: String) -> [Floor] {
    table.split(separator: "\n").compactMap { line in
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count >= 4, let floor = Int(cells[0]), let kind = Floor.Kind(rawValue: cells[2])
        else { return nil }
        return Floor(floor: floor, module: cells[1].filter { $0 != "`" }, kind: kind)
    }
}

/// The line that a module's README has for its dependencies.
func importsLine(_ modules: [String]) -> String {
    "**Imports:** \(modules.isEmpty ? "nothing" : modules.joined(separator: ", "))."
}

/// What is wrong with a graph of modules: each finding says what to do.
func graphFindings(
    modules: [Module], floors: [Floor], readme: (String) -> String?
) -> [String] {
    var findings: [String] = []
    let rows = Dictionary(floors.map { ($0.module, $0) }, uniquingKeysWith: { first, _ in first })
    let system = Set(modules.filter(\.isSystem).map(\.name))
    if rows.count != floors.count { findings.append("Sources/README.md names a module twice.") }
    for extra in Set(rows.keys).subtracting(modules.map(\.name)).sorted() {
        findings.append("Sources/README.md names \(extra), which Package.swift does not have.")
    }
    for module in modules {
        guard let row = rows[module.name] else {
            findings.append("Sources/README.md needs a row for \(module.name).")
            continue
        }
        for name in module.modules {
            guard let lower = rows[name] else { continue }
            if lower.floor >= row.floor && !system.contains(name) {
                findings.append(
                    "\(module.name) (floor \(row.floor)) must not depend on \(name) (floor "
                        + "\(lower.floor)): dependencies run strictly downward.")
            }
        }
        if row.kind == .pure {
            for product in module.products where !pureProducts.contains(product) {
                findings.append("\(module.name) is pure and must not depend on \(product).")
            }
        }
        guard let text = readme(module.name) else {
            findings.append("Sources/\(module.name)/README.md is missing.")
            continue
        }
        if let stated = statedImports(text), Set(stated) == Set(module.modules) { continue }
        findings.append(
            "Sources/\(module.name)/README.md needs the line: \(importsLine(module.modules))")
    }
    return findings
}

/// What a pure module may use from other packages: containers of values.
let pureProducts: Set = ["DequeModule", "HashTreeCollections", "HeapModule", "OrderedCollections"]

private func statedImports(_ readme: String) -> [String]? {
    let lines = readme.split(separator: "\n").filter { $0.hasPrefix("**Imports:**") }
    guard lines.count == 1 else { return nil }
    let list = lines[0].dropFirst("**Imports:**".count)
        .trimmingCharacters(in: CharacterSet(charactersIn: " ."))
    if list == "nothing" { return [] }
    return list.split(separator: ",").map {
        $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
    }
}

/// The graph as people read it, top floor first.
func picture(modules: [Module], floors: [Floor]) -> String {
    var lines: [String] = []
    for row in floors.sorted(by: { ($1.floor, $0.module) < ($0.floor, $1.module) }) {
        let below = modules.first { $0.name == row.module }?.modules ?? []
        let name = row.module.padding(toLength: 18, withPad: " ", startingAt: 0)
        lines.append(
            "\(row.floor)  \(name)-> \(below.isEmpty ? "-" : below.joined(separator: " "))")
    }
    return lines.joined(separator: "\n")
}
