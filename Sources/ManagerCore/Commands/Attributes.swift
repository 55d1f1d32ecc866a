import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// Attributes that users put on container instances. All of a request is done or nothing.
extension ManagerCore {
    mutating func putAttributes(
        _ wanted: [TargetedAttribute], in reference: ClusterReference
    ) throws(APIError) -> Outcome {
        var custom = try customAttributes(of: wanted.map(\.instance), in: reference)
        for target in wanted {
            custom[target.instance]?.removeAll { $0.name == target.attribute.name }
            custom[target.instance]?.append(target.attribute)
        }
        let most = ManagerSettings.customAttributesPerInstanceMaximum
        if let full = custom.first(where: { $0.value.count > most })?.key {
            throw APIError(
                .attributeLimitExceeded,
                "Container instance \(full) can have at most \(most) custom attributes; delete "
                    + "some with DeleteAttributes.")
        }
        for (id, attributes) in custom {
            change(id) { instance in
                instance.customAttributes = attributes
                instance.attributes = instance.attributes.overlaid(with: attributes)
            }
        }
        return .attributes(wanted)
    }

    /// What is not there is no error. The answer has what was.
    mutating func deleteAttributes(
        _ unwanted: [TargetedAttribute], in reference: ClusterReference
    ) throws(APIError) -> Outcome {
        _ = try customAttributes(of: unwanted.map(\.instance), in: reference)
        var deleted: [TargetedAttribute] = []
        for target in unwanted {
            let isMeant = { (attribute: Attribute) in
                attribute.name == target.attribute.name
                    && (target.attribute.value == nil || attribute.value == target.attribute.value)
            }
            guard
                let found = state.instances[target.instance]?.attributes.first(where: isMeant)
            else { continue }
            deleted.append(TargetedAttribute(instance: target.instance, attribute: found))
            change(target.instance) { instance in
                instance.attributes.removeAll(where: isMeant)
                instance.customAttributes?.removeAll(where: isMeant)
            }
        }
        return .attributes(deleted)
    }

    /// What each instance that a request names has been given so far.
    private func customAttributes(
        of ids: [InstanceID], in reference: ClusterReference
    ) throws(APIError) -> OrderedDictionary<InstanceID, [Attribute]> {
        let cluster = try activeCluster(reference)
        var custom: OrderedDictionary<InstanceID, [Attribute]> = [:]
        for id in ids {
            guard let instance = state.instances[id], instance.cluster == cluster.id,
                instance.status != .inactive
            else {
                throw APIError(
                    .targetNotFound,
                    "There is no container instance \(id) in cluster \(cluster.name).")
            }
            custom[id] = instance.customAttributes ?? []
        }
        return custom
    }

    /// Services may find room by it, or have tasks where they may not be any more.
    private mutating func change(
        _ id: InstanceID, _ body: (inout ContainerInstance) -> Void
    ) {
        guard let old = state.instances[id] else { return }
        update(id, body)
        guard state.instances[id] != old else { return }
        reconsiderServices(on: id)
        roomAppeared(in: old.cluster)
    }
}

extension [Attribute] {
    /// These, but for those that others of the same name stand for.
    func overlaid(with others: [Attribute]) -> [Attribute] {
        filter { own in !others.contains { $0.name == own.name } } + others
    }
}
