import Model
import Synchronization

/// What a worker has beside a definition to make a container's environment of: the operator's
/// files of variables, and values of secrets.
public struct EnvironmentSources: Hashable, Sendable {
    /// The folder below which `BUCKET/KEY` is the file that `arn:aws:s3:::BUCKET/KEY` names.
    public var files: String?
    public var secrets: SecretProvider?

    public init(files: String? = nil, secrets: SecretProvider? = nil) {
        self.files = files
        self.secrets = secrets
    }

    /// What placement may ask for, by ECS's names.
    var capabilities: [String] {
        (files == nil ? [] : ["ecs.capability.env-files.s3"])
            + (secrets == nil
                ? []
                : ["asm", "ssm"].map { "ecs.capability.secrets.\($0).environment-variables" })
    }

    /// The container's environment. Secrets come before what the definition sets, that before
    /// files, of which the first that sets a variable counts. Blocks.
    func environment(
        of definition: ContainerDefinition
    ) throws(RuntimeError) -> [EnvironmentVariable] {
        guard let setup = definition.setup else { return definition.environment }
        var result = definition.environment
        var names = Set(result.map(\.name))
        for arn in setup.environmentFiles {
            // Within a file the last line that sets a variable counts.
            for variable in try file(arn).variables.reversed()
            where names.insert(variable.name).inserted {
                result.append(variable)
            }
        }
        for secret in setup.secrets {
            result.removeAll { $0.name == secret.name }
            result.append(EnvironmentVariable(name: secret.name, value: try value(of: secret)))
        }
        return result
    }

    private func file(_ arn: String) throws(RuntimeError) -> EnvironmentFile {
        let problem: String
        if let files, let path = EnvironmentFile.path(of: arn) {
            do throws(SystemError) {
                if let bytes = try ClosedFolder(path: files).read(path) {
                    return EnvironmentFile(bytes)
                }
                problem = "there is no file \(files)/\(path)"
            } catch {
                problem = "\(error)"
            }
        } else if files == nil {
            problem = "this worker has no folder of environment files (--environment-files)"
        } else {
            problem = "it is no ARN of an object in S3"
        }
        throw RuntimeError(
            name: RuntimeError.cannotInitialize,
            message: "failed to download env files: \(arn): \(problem).")
    }

    private func value(of secret: NamedValue) throws(RuntimeError) -> String {
        let problem: SecretProblem
        do throws(SecretProblem) {
            guard let secrets else {
                throw SecretProblem("this worker has no secrets (--secrets-from)")
            }
            return try secrets.value(of: secret.value)
        } catch {
            problem = error
        }
        throw RuntimeError(
            name: RuntimeError.cannotInitialize,
            message: "unable to pull secrets or registry auth: \(secret.name): \(problem.text).")
    }
}

/// The environments of prepared tasks, in memory only. An agent that finds tasks of an earlier
/// one's gets what their containers need when they start.
final class Environments: Sendable {
    private struct Known {
        var environments: [TaskID: [String: [EnvironmentVariable]]] = [:]
        /// The tasks that this agent prepared.
        var prepared: Set<TaskID> = []
    }

    private let sources: EnvironmentSources
    private let known = Mutex(Known())
    /// Apart from the runtimes' own: a slow program holds up no stop.
    private let lanes = Lanes()

    init(_ sources: EnvironmentSources) { self.sources = sources }

    /// Gets all that a task's containers need, once, so that it fails before any of them runs.
    func provide(_ spec: TaskSpec) async throws(RuntimeError) {
        guard !isPrepared(spec.id) else { return }
        do throws(RuntimeError) {
            for definition in spec.containers { try await provide(definition, of: spec.id) }
        } catch {
            forget(spec.id)
            throw error
        }
        known.withLock { _ = $0.prepared.insert(spec.id) }
    }

    /// Whether there is nothing more to be got for the task.
    func isPrepared(_ task: TaskID) -> Bool { known.withLock { $0.prepared.contains(task) } }

    /// Gets what one container needs, unless it is there. To be awaited before a start takes up
    /// what other tasks wait for.
    func provide(
        _ definition: ContainerDefinition, of task: TaskID
    ) async throws(RuntimeError) {
        guard definition.needsSources, environment(of: definition.name, in: task) == nil else {
            return
        }
        let sources = sources
        let found = try await lanes.run(task) { () throws(RuntimeError) in
            try sources.environment(of: definition)
        }
        known.withLock { $0.environments[task, default: [:]][definition.name] = found }
    }

    /// The definition with its whole environment, which was provided before.
    func completed(
        _ definition: ContainerDefinition, of task: TaskID
    ) throws(RuntimeError) -> ContainerDefinition {
        guard definition.needsSources else { return definition }
        guard let environment = environment(of: definition.name, in: task) else {
            throw .cannotStart("container \(definition.name)'s task was removed meanwhile.")
        }
        var result = definition
        result.environment = environment
        return result
    }

    private func environment(of name: String, in task: TaskID) -> [EnvironmentVariable]? {
        known.withLock { $0.environments[task]?[name] }
    }

    func forget(_ task: TaskID) {
        known.withLock { known in
            known.environments[task] = nil
            known.prepared.remove(task)
        }
    }
}

extension ContainerDefinition {
    fileprivate var needsSources: Bool {
        setup.map { !$0.environmentFiles.isEmpty || !$0.secrets.isEmpty } ?? false
    }
}
