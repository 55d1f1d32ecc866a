import Chaos
import Foundation
import Yams

/// A scenario as a file of YAML; the task definitions that it names lie beside it.
struct ScenarioFile {
    let path: String
    private(set) var scenario: Scenario

    static let bytesMaximum = 1_048_576

    init(path: String) throws(Failure) {
        guard let data = FileManager.default.contents(atPath: path),
            data.count <= Self.bytesMaximum
        else {
            throw Failure(
                .noInput,
                "The scenario \(path) can't be read. Check its name, its permissions and that it "
                    + "has at most \(Self.bytesMaximum) bytes.")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: String(decoding: data, as: UTF8.self))
        } catch {
            throw Failure(.data, "\(path) is not YAML: \(error)")
        }
        guard let tree = root.flatMap(Tree.init) else {
            throw Failure(.data, "\(path): there is no scenario in it.")
        }
        do {
            scenario = try Scenario(tree)
        } catch {
            throw Failure(.data, "\(path): \(error)")
        }
        self.path = path
    }

    /// The same with more time where time is judged.
    func patient(_ times: Int) -> ScenarioFile {
        var copy = self
        copy.scenario = scenario.patient(times)
        return copy
    }

    /// The task definition that a service names, as the API takes it.
    func definition(_ name: String) throws(Failure) -> Data {
        let file = URL(fileURLWithPath: name, relativeTo: URL(fileURLWithPath: path)).path
        guard let data = FileManager.default.contents(atPath: file),
            data.count <= Self.bytesMaximum
        else {
            throw Failure(.noInput, "\(path) names \(file), which can't be read.")
        }
        return data
    }
}

extension Tree {
    /// `nil` for what is empty, or refers to another place of the text.
    fileprivate init?(_ node: Node) {
        switch node {
        case .scalar(let scalar): self = .text(scalar.string)
        case .sequence(let sequence):
            let items = sequence.compactMap { Tree($0) }
            guard items.count == sequence.count else { return nil }
            self = .list(items)
        case .mapping(let mapping):
            let members = mapping.compactMap { key, value -> Tree.Member? in
                guard let name = key.scalar?.string, let value = Tree(value) else { return nil }
                return Tree.Member(name, value)
            }
            guard members.count == mapping.count else { return nil }
            self = .members(members)
        case .alias: return nil
        }
    }
}
