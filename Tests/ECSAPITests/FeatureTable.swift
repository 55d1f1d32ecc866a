import ClusterState
import Foundation
import Model
import Runtimes

@testable import ECSAPI

/// What each member of a task definition comes to on each runtime, found by registering a
/// definition that has it: what it needs is what RequiredAttributes says, what a runtime can do is
/// what it claims, and what reaches a worker is what the core is told.
struct FeatureTable {
    enum Runtime: String, CaseIterable {
        case process, containerd

        /// What a worker claims at most, and on a host and with options that give it nothing.
        func claimed(_ isFull: Bool) -> Set<String> {
            let sources =
                isFull
                ? EnvironmentSources(files: "/", secrets: .files("/")) : EnvironmentSources()
            let limits: Set<String> = isFull ? ["cpu", "memory", "swap"] : []
            let attributes =
                switch self {
                case .process: ProcessRuntime.capabilities(limits, sources, canIsolate: true)
                case .containerd:
                    ContainerdRuntime.capabilities(limits, sources, hasMemoryMounts: true)
                }
            return Set(attributes.map(\.name))
        }
    }

    /// A definition of two containers, with what is tried put in.
    struct Attempt {
        var container = ""
        var neighbour = ""
        var task = ""

        var json: String {
            #"""
            {"family": "tried", "volumes": [{"name": "v"}], "containerDefinitions": [
              {"name": "app", "image": "nginx", "memory": 64\#(container)},
              {"name": "side", "image": "nginx", "memory": 64\#(neighbour)}]\#(task)}
            """#
        }
    }

    /// What the core is told, but for the document, and what an instance must have.
    private struct Effect: Equatable {
        var told: RegisterTaskDefinition
        var needed: Set<String>

        init(_ command: RegisterTaskDefinition) {
            needed = Set(command.requiredAttributes.map(\.name))
            told = command
            told.document = .empty
            told.requiredAttributes = []
        }
    }

    private static func effect(of attempt: Attempt) async throws -> Effect? {
        let plane = FakeControlPlane()
        // Its answer is not looked at.
        let refusal = await API(plane).refusal("RegisterTaskDefinition", attempt.json)
        guard case .registerTaskDefinition(let command) = plane.submitted.first else {
            throw Problem("\(attempt.json) is refused: \(refusal?.message ?? "")")
        }
        return Effect(command)
    }

    struct Problem: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    /// The rows of the table, in the order of the samples.
    static func rows() async throws -> [String] {
        let base = try await effect(of: Attempt())
        var rows: [String] = []
        var unused = Set(FeatureSamples.notes.keys)
        for (member, attempt) in FeatureSamples.all {
            guard let base, let found = try await effect(of: attempt) else { continue }
            let needed = found.needed.subtracting(base.needed)
            let isTold = found.told != base.told
            var cells: [String] = []
            for runtime in Runtime.allCases {
                let key = "\(member) \(runtime)"
                let notes = [key, member].filter { FeatureSamples.notes[$0] != nil }
                unused.subtract(notes)
                cells.append(
                    try cell(
                        needed, isTold: isTold, runtime,
                        note: notes.first.flatMap { FeatureSamples.notes[$0] }, of: member))
            }
            rows.append("| `\(member)` | \(cells.joined(separator: " | ")) |")
        }
        guard unused.isEmpty else { throw Problem("notes on nothing: \(unused.sorted())") }
        return rows
    }

    private static func listed(_ names: Set<String>) -> String {
        names.sorted().map { "`\($0)`" }.joined(separator: ", ")
    }

    private static func cell(
        _ needed: Set<String>, isTold: Bool, _ runtime: Runtime, note: String?, of member: String
    ) throws -> String {
        // What the host is, and not what its runtime can do.
        let ofHost = needed.filter { $0.hasPrefix("ecs.cpu-") || $0.hasPrefix("ecs.os-") }
        let missing = needed.subtracting(runtime.claimed(true)).subtracting(ofHost)
        if !missing.isEmpty {
            return "refused at placement: \(listed(missing))"
        }
        if let note { return note }
        if !ofHost.isEmpty { return "works, where the host is so" }
        let conditions = needed.subtracting(runtime.claimed(false))
        if !conditions.isEmpty {
            return "works, where the worker has \(listed(conditions))"
        }
        guard isTold || !needed.isEmpty else {
            throw Problem("\(member) reaches no worker and needs nothing; say why in the notes")
        }
        return "works"
    }
}
