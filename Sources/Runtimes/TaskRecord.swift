import FoundationEssentials
import Glibc
import Model

/// A prepared task as `spec.json` keeps it.
struct TaskRecord: Hashable, Sendable, Codable {
    var spec: TaskSpec
    /// By the container's name: every port mapping with the host port it got.
    var bindings: [String: [NetworkBinding]]

    static let file = "spec.json"

    func bindings(of container: String) -> [NetworkBinding] { bindings[container] ?? [] }

    func definition(of container: String) -> ContainerDefinition? {
        spec.containers.first { $0.name == container }
    }

    func write(to folder: String) throws(SystemError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(self) else {
            throw SystemError("can't encode the spec of task \(spec.id)", code: EINVAL)
        }
        try Files.write(Array(data), as: Self.file, in: folder)
    }

    /// `nil` when the folder has none: its task was never wholly prepared.
    static func read(from folder: String) throws(SystemError) -> TaskRecord? {
        guard let bytes = try Files.read("\(folder)/\(file)") else { return nil }
        guard let record = try? JSONDecoder().decode(TaskRecord.self, from: Data(bytes)) else {
            throw SystemError("can't understand \(folder)/\(file)", code: EILSEQ)
        }
        return record
    }
}
