import ClusterState
import ECSAPI
import Foundation
import ManagerCore
import Model
import Simulation
import Synchronization

/// The services of a simulation, from the files that the AWS CLI takes with `--cli-input-json`.
///
/// The files go through the API as a manager has it, in front of a core without workers, so that
/// what a manager would refuse is refused with the same words.
struct ServiceFiles {
    var definitions: [RegisterTaskDefinition] = []
    var services: [CreateService] = []

    static let bytesMaximum = 1_048_576

    private struct File {
        var path: String
        var bytes: [UInt8]
        var isDefinition: Bool
        var cluster: String?
    }

    /// - Parameter paths: Files of task definitions and services, in any order.
    static func read(_ paths: [String]) async throws(Failure) -> ServiceFiles {
        var files: [File] = []
        for path in paths { files.append(try read(path)) }
        let desk = RehearsalDesk()
        let endpoint = ECSEndpoint(account: ManagerSettings().account, controlPlane: desk)
        for file in files.filter(\.isDefinition) + files.filter({ !$0.isDefinition }) {
            if let cluster = file.cluster { try await make(cluster, for: file, endpoint) }
            let operation = file.isDefinition ? "RegisterTaskDefinition" : "CreateService"
            do {
                _ = try await endpoint.perform(operation, region: Plan.region, body: file.bytes)
            } catch {
                throw refusal(of: file, error)
            }
        }
        return try ServiceFiles(desk.commands)
    }

    private static func read(_ path: String) throws(Failure) -> File {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                .noInput,
                "There is no file \(path) that can be read. Give the files of task definitions and "
                    + "services with --services.")
        }
        guard data.count <= bytesMaximum else {
            throw Failure(
                .data, "\(path) has \(data.count) bytes; at most \(bytesMaximum) are read.")
        }
        guard let members = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw Failure(.data, "\(path) is no JSON object.")
        }
        let isDefinition = members["containerDefinitions"] != nil || members["family"] != nil
        let isService = members["serviceName"] != nil || members["desiredCount"] != nil
        guard isDefinition != isService else {
            throw Failure(
                .data,
                "\(path) is neither a task definition (family, containerDefinitions) nor a service "
                    + "(serviceName, desiredCount), as `aws ecs register-task-definition` and "
                    + "`aws ecs create-service` take them with --cli-input-json.")
        }
        return File(
            path: path, bytes: Array(data), isDefinition: isDefinition,
            cluster: isService ? members["cluster"] as? String ?? "default" : nil)
    }

    /// A service's cluster is there, whatever its name: the simulation has one for all.
    private static func make(
        _ cluster: String, for file: File, _ endpoint: ECSEndpoint
    ) async throws(Failure) {
        let name = cluster.split(separator: "/").last.map(String.init) ?? "default"
        do {
            let body = try JSONEncoder().encode(["clusterName": name])
            _ = try await endpoint.perform(
                "CreateCluster", region: Plan.region, body: Array(body))
        } catch let error as APIError {
            throw refusal(of: file, error)
        } catch {
            throw Failure(.software, "\(error)")
        }
    }

    private static func refusal(of file: File, _ error: APIError) -> Failure {
        Failure(
            .data, "\(file.path): \(error.message) (\(error.code.rawValue), as a manager says it)")
    }

    init(_ commands: [Command]) throws(Failure) {
        for command in commands {
            switch command {
            case .registerTaskDefinition(let request): add(request)
            case .createService(var request):
                request.service.cluster = Plan.cluster
                if services.contains(where: { $0.service.name == request.service.name }) {
                    throw Failure(
                        .data,
                        "There are two services named \(request.service.name): the simulation has "
                            + "one cluster for all.")
                }
                services.append(request)
            default: continue
            }
        }
        guard !services.isEmpty else {
            throw Failure(
                .usage,
                "--services names no service. Give the service's file beside its task "
                    + "definition's.")
        }
    }

    /// A simulated worker can run anything; what makes a simulated container odd has to stay out.
    private mutating func add(_ request: RegisterTaskDefinition) {
        var request = request
        request.requiredAttributes = []
        for index in request.containers.indices {
            // The simulator has images of its own that fail.
            let image = request.containers[index].image
            if image.hasPrefix("bad") || image.hasPrefix("sick") {
                request.containers[index].image = "docker.io/" + request.containers[index].image
            }
        }
        definitions.append(request)
    }

    /// What is simulated when nothing is given: the service of the README's first five minutes.
    static let demo: ServiceFiles = {
        var files = ServiceFiles()
        let container = ContainerDefinition(name: "web", image: "python:3", cpu: 128, memory: 128)
        files.definitions = [
            RegisterTaskDefinition(region: Plan.region, family: "web", containers: [container])
        ]
        files.services = [
            CreateService(
                service: ServiceReference(cluster: Plan.cluster, name: "web"),
                taskDefinition: TaskDefinitionReference(region: Plan.region, family: "web"),
                desiredCount: 3, placementStrategy: [.spread("instanceId")])
        ]
        return files
    }()

    private init() {}
}

/// Takes commands as a manager does, with its real core and no workers, and remembers them.
private final class RehearsalDesk: ControlPlane {
    private struct State {
        var core: ManagerCore
        var commands: [Command] = []
    }

    private let state: Mutex<State>
    private static let moment = Moment(monotonic: .zero, wall: WallTime(milliseconds: 0))

    init() {
        var effects = EffectBuffer()
        state = Mutex(
            State(
                core: ManagerCore(
                    recovered: ClusterState(), settings: ManagerSettings(), seed: 0,
                    at: Self.moment, into: &effects)))
    }

    var commands: [Command] { state.withLock { $0.commands } }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        let (result, snapshot) = state.withLock { state in
            var effects = EffectBuffer()
            let call = CallID(number: UInt64(state.commands.count + 1))
            state.core.step(.command(call, command), at: Self.moment, into: &effects)
            state.commands.append(command)
            return (effects.replies.first { $0.call == call }?.result, state.core.state)
        }
        guard let result else { throw APIError(.server, "The manager's core gave no answer.") }
        return (try result.get(), snapshot)
    }

    func snapshot() -> ClusterState { state.withLock { $0.core.state } }
}
