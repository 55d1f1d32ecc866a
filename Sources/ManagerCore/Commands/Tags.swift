import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

extension ManagerCore {
    /// ECS allows 50 tags on an object.
    static let tagsMaximum = 50

    mutating func changeTags(
        of reference: TaggableReference, _ change: (inout [Tag]) -> Void
    ) throws(APIError) -> Outcome {
        switch reference {
        case .cluster(let reference):
            var cluster = try activeCluster(reference)
            try Self.apply(change, to: &cluster.tags)
            record(.cluster(cluster))
        case .service(let reference):
            let cluster = try activeCluster(reference.cluster)
            guard var service = state.service(reference.name, in: cluster.id) else {
                throw APIError(.serviceNotFound, "Service not found.")
            }
            try Self.apply(change, to: &service.tags)
            record(.service(service))
            dirty.append(service.id)
        case .taskSet(let reference, let id):
            var service = try externalService(reference)
            guard let index = service.taskSets.firstIndex(where: { $0.id == id }) else {
                throw APIError(.taskSetNotFound, "The specified task set was not found.")
            }
            try Self.apply(change, to: &service.taskSets[index].tags)
            record(.service(service))
        case .task(let reference):
            let cluster = try activeCluster(reference.cluster)
            guard var task = state.tasks[reference.id], task.cluster == cluster.id else {
                throw APIError(.invalidParameter, "The referenced task was not found.")
            }
            try Self.apply(change, to: &task.tags)
            record(.task(task))
        case .instance(let reference):
            let cluster = try activeCluster(reference.cluster)
            guard var instance = state.instances[reference.id], instance.cluster == cluster.id
            else {
                throw APIError(
                    .invalidParameter, "The referenced container instance was not found.")
            }
            try Self.apply(change, to: &instance.tags)
            record(.instance(instance))
        case .taskDefinition(let reference):
            guard var definition = state.definition(reference) else {
                throw APIError(.client, "Unable to describe task definition.")
            }
            try Self.apply(change, to: &definition.tags)
            _ = try OnLost(tags: definition.tags, refusedAs: .invalidParameter)
            record(.taskDefinition(definition))
        case .capacityProvider(let reference):
            var provider = try activeProvider(reference)
            try Self.apply(change, to: &provider.tags)
            record(.capacityProvider(provider))
        }
        return .done
    }

    private static func apply(
        _ change: (inout [Tag]) -> Void, to tags: inout [Tag]
    ) throws(APIError) {
        change(&tags)
        guard tags.count <= tagsMaximum else {
            throw APIError(
                .invalidParameter, "A resource can have at most \(tagsMaximum) tags.")
        }
    }
}

extension [Tag] {
    /// Adds tags; a key that is there gets the new value.
    mutating func merge(_ tags: [Tag]) {
        for tag in tags {
            if let index = firstIndex(where: { $0.key == tag.key }) {
                self[index] = tag
            } else {
                append(tag)
            }
        }
    }
}
