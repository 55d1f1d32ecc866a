import ClusterState
import HashTreeCollections
import Model
import QueryLanguage

/// What a managed daemon keeps that its service has no field for.
struct DaemonDocument {
    /// Names of the providers whose instances it is for.
    var capacityProviders: [String]
    var deploymentConfiguration: ECS.DaemonDeploymentConfiguration
    var propagateTags: ECS.DaemonPropagateTags
    var enableECSManagedTags: Bool
    var enableExecuteCommand: Bool
}

extension DaemonDocument: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) {
        self.init(
            capacityProviders: [], deploymentConfiguration: .init(), propagateTags: .nothing,
            enableECSManagedTags: false, enableExecuteCommand: false)
        try json.object { json, name throws(RequestFault) in
            switch name {
            case "capacityProviders": capacityProviders = try json.list()
            case "deploymentConfiguration": deploymentConfiguration = try .init(from: &json)
            case "enableECSManagedTags": enableECSManagedTags = try json.bool()
            case "enableExecuteCommand": enableExecuteCommand = try json.bool()
            case "propagateTags": propagateTags = try .init(from: &json)
            default: try json.skipValue()
            }
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("capacityProviders", capacityProviders)
            json.member("deploymentConfiguration", deploymentConfiguration)
            json.member("enableECSManagedTags", enableECSManagedTags)
            json.member("enableExecuteCommand", enableExecuteCommand)
            json.member("propagateTags", propagateTags)
        }
    }
}

/// Names of managed daemons. A daemon is a service of the DAEMON strategy (``ManagedDaemon``): the
/// user's names go in and come out, the service's stay within.
extension Call {
    /// A daemon as its ARN names it.
    func daemonReference(_ text: String?) throws(APIError) -> ServiceReference {
        guard let text, !text.isEmpty else { throw invalid("Daemon ARN cannot be empty.") }
        guard let arn = try ownARN(text, of: "daemon"), arn.parts.count == 3 else {
            throw invalid("Invalid identifier: \(shown(text)) is not the ARN of a daemon.")
        }
        let cluster = try checkedName(arn.parts[1], what: "cluster name")
        return ServiceReference(
            cluster: ClusterReference(region: region, name: cluster),
            name: ManagedDaemon.inner(try checkedName(arn.parts[2], what: "daemon name")))
    }

    /// What is named by `<kind>/<cluster>/<daemon>/<id>`.
    func partOfDaemon(
        _ text: String, of kind: String
    ) throws(APIError) -> (daemon: ServiceReference, id: String) {
        let (reference, id) = try partOfService(text, of: kind)
        return (
            ServiceReference(
                cluster: reference.cluster, name: ManagedDaemon.inner(reference.name)), id
        )
    }

    /// `family`, `family:revision` or an ARN of either.
    func daemonDefinition(_ text: String?) throws(APIError) -> TaskDefinitionReference {
        guard let text, !text.isEmpty else {
            throw invalid("Daemon task definition cannot be empty.")
        }
        var name = text
        if let arn = try ownARN(text, of: "daemon-task-definition") {
            guard arn.parts.count == 2 else { throw invalid("Invalid identifier: \(shown(text))") }
            name = arn.parts[1]
        }
        var reference = try definitionReference(name)
        reference.family = ManagedDaemon.inner(reference.family)
        return reference
    }

    func daemon(
        _ reference: ServiceReference, in state: ClusterState
    ) throws(APIError) -> (Model.Service, Model.Cluster) {
        let cluster = try activeCluster(reference.cluster.name, in: state)
        guard let service = state.service(reference.name, in: cluster.id),
            service.status != .inactive
        else { throw Self.noSuchDaemon }
        return (service, cluster)
    }

    static let noSuchDaemon = APIError(.daemonNotFound, "The specified daemon was not found.")

    /// Sends a command about a daemon; what is wrong with it is told of a daemon.
    func submitDaemon(
        _ command: Command
    ) async throws(APIError) -> (Model.Service, ClusterState) {
        do throws(APIError) {
            let (outcome, state) = try await submit(command)
            guard case .service(let service) = outcome else { throw unexpected(outcome) }
            return (service, state)
        } catch {
            switch (error.code, error.message) {
            case (.serviceNotFound, _): throw Self.noSuchDaemon
            case (.serviceNotActive, _):
                throw APIError(.daemonNotActive, "The specified daemon is not ACTIVE.")
            case (.invalidParameter, "Creation of service was not idempotent."):
                throw invalid("Creation of daemon was not idempotent.")
            case (.invalidParameter, "Unable to Start a service that is still Draining."):
                throw invalid("Unable to create a daemon whose name is still being deleted.")
            case (.client, "TaskDefinition not found."):
                throw APIError(.client, "Daemon task definition not found.")
            case (.client, "TaskDefinition is inactive"):
                throw APIError(.client, "Daemon task definition is not ACTIVE.")
            default: throw error
            }
        }
    }

    /// The names of the cluster's providers that a daemon is for, and the constraint that keeps it
    /// to their groups.
    func daemonProviders(
        _ texts: [String]?, of reference: ClusterReference
    ) throws(APIError) -> (names: [String], constraint: Model.PlacementConstraint) {
        let state = snapshot()
        let cluster = try activeCluster(reference.name, in: state)
        let names = try providerNames(texts)
        guard !names.isEmpty else { throw invalid("Capacity providers cannot be empty.") }
        var groups: [String] = []
        for name in names {
            let provider = state.capacityProviders[
                CapacityProviderReference(region: region, name: name)]
            guard let provider, provider.status == .active else {
                throw APIError(.client, Self.noSuchProvider)
            }
            guard cluster.capacityProviders?.contains(name) == true else {
                throw invalid(
                    "The capacity provider \(name) is not associated with the cluster "
                        + "\(cluster.name). Associate it with PutClusterCapacityProviders.")
            }
            groups.append("'\(provider.group)'")
        }
        let group = "attribute:\(CapacityProvider.groupAttribute)"
        let text = "\(group) in [\(groups.joined(separator: ","))]"
        return (names, .memberOf(try query(text, of: "Invalid groups")))
    }

    /// A provider that a daemon of the cluster is for stays with it.
    func checkDaemons(
        of reference: ClusterReference, with providers: [String]
    ) throws(APIError) {
        let state = snapshot()
        guard let cluster = state.cluster(reference) else { return }
        for service in state.services(of: cluster.id)
        where service.daemonName != nil && service.status != .inactive {
            let document = try Coding.read(DaemonDocument.self, from: service.document)
            guard document.capacityProviders.allSatisfy(providers.contains) else {
                throw APIError(
                    .resourceInUse,
                    "The specified capacity provider is in use and cannot be removed.")
            }
        }
    }
}
