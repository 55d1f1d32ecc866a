import ClusterState
import Model

/// Custom attributes of container instances.
extension Call {
    /// Attributes in one request, and custom ones of an instance.
    private static let attributesMaximum = 10
    /// What begins so is said by workers alone.
    private static let reservedPrefixes = ["ecs.", "com.amazonaws.", "muster."]

    func putAttributes(
        _ input: ECS.PutAttributesRequest
    ) async throws(APIError) -> ECS.PutAttributesResponse {
        let cluster = try clusterReference(input.cluster)
        let wanted = try targeted(input.attributes, cluster: cluster.name)
        let (outcome, _) = try await submit(.putAttributes(cluster, wanted))
        guard case .attributes(let put) = outcome else { throw unexpected(outcome) }
        return ECS.PutAttributesResponse(
            attributes: put.map { rendered($0, cluster: cluster.name) })
    }

    func deleteAttributes(
        _ input: ECS.DeleteAttributesRequest
    ) async throws(APIError) -> ECS.DeleteAttributesResponse {
        let cluster = try clusterReference(input.cluster)
        let unwanted = try targeted(input.attributes, cluster: cluster.name)
        let (outcome, _) = try await submit(.deleteAttributes(cluster, unwanted))
        guard case .attributes(let deleted) = outcome else { throw unexpected(outcome) }
        return ECS.DeleteAttributesResponse(
            attributes: deleted.map { rendered($0, cluster: cluster.name) })
    }

    func listAttributes(
        _ input: ECS.ListAttributesRequest
    ) async throws(APIError) -> ECS.ListAttributesResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        if input.attributeValue != nil, (input.attributeName ?? "").isEmpty {
            throw invalid("An attributeValue needs its attributeName.")
        }
        let all = state.instances(of: cluster.id).filter { $0.status != .inactive }
            .flatMap { instance in
                instance.attributes
                    .filter { input.attributeName == nil || input.attributeName == $0.name }
                    .filter { input.attributeValue == nil || input.attributeValue == $0.value }
                    .sorted { ($0.name, $0.value ?? "") < ($1.name, $1.value ?? "") }
                    .map { TargetedAttribute(instance: instance.id, attribute: $0) }
            }
        let page = try page(
            all, after: input.nextToken, limit: input.maxResults, key: Self.key
        ) { Self.key($0) > $1 }
        return ECS.ListAttributesResponse(
            attributes: page.items.map { rendered($0, cluster: cluster.name) },
            nextToken: page.nextToken)
    }

    /// In the order of the list: ids have one length.
    private static func key(_ target: TargetedAttribute) -> String {
        "\(target.instance) \(target.attribute.name)"
    }

    private func targeted(
        _ attributes: [ECS.Attribute]?, cluster: String
    ) throws(APIError) -> [TargetedAttribute] {
        guard let attributes, !attributes.isEmpty else {
            throw invalid("Attributes cannot be empty.")
        }
        guard attributes.count <= Self.attributesMaximum else {
            throw invalid("Attributes cannot have more than \(Self.attributesMaximum) elements.")
        }
        var targets: [TargetedAttribute] = []
        for attribute in attributes {
            guard let target = attribute.targetId, !target.isEmpty else {
                throw invalid("An attribute needs the targetId of its container instance.")
            }
            targets.append(
                TargetedAttribute(
                    instance: try instanceID(target, cluster: cluster),
                    attribute: try checked(attribute, mayBeReserved: false)))
        }
        return targets
    }

    /// An attribute as an agent registers it, or a user puts it.
    func checked(
        _ attribute: ECS.Attribute, mayBeReserved: Bool
    ) throws(APIError) -> Model.Attribute {
        Model.Attribute(
            name: try attributeName(attribute.name ?? "", mayBeReserved: mayBeReserved),
            value: try attributeValue(attribute.value))
    }

    private func attributeName(
        _ name: String, mayBeReserved: Bool
    ) throws(APIError) -> String {
        let isAllowed = name.unicodeScalars.allSatisfy {
            $0.isASCIILetterOrDigit || "-_/\\.".unicodeScalars.contains($0)
        }
        guard isAllowed, (1...128).contains(name.utf8.count) else {
            throw invalid(
                "Invalid attribute name '\(shown(name))'. Use 1 to 128 letters, digits, hyphens, "
                    + "underscores, slashes, back slashes and periods.")
        }
        if !mayBeReserved, let prefix = Self.reservedPrefixes.first(where: name.hasPrefix) {
            throw invalid(
                "Invalid attribute name '\(shown(name))': names that begin with '\(prefix)' are "
                    + "reserved.")
        }
        return name
    }

    private func attributeValue(_ value: String?) throws(APIError) -> String? {
        guard let value else { return nil }
        let isAllowed = value.unicodeScalars.allSatisfy {
            $0.isASCIILetterOrDigit || "-_/\\.@: ".unicodeScalars.contains($0)
        }
        guard isAllowed, (1...128).contains(value.utf8.count), !value.hasPrefix(" "),
            !value.hasSuffix(" ")
        else {
            throw invalid(
                "Invalid attribute value '\(shown(value))'. Use 1 to 128 letters, digits, hyphens, "
                    + "underscores, slashes, back slashes, periods, at signs, colons and spaces, "
                    + "but no space at either end.")
        }
        return value
    }

    private func rendered(_ target: TargetedAttribute, cluster: String) -> ECS.Attribute {
        ECS.Attribute(
            name: target.attribute.name, value: target.attribute.value,
            targetType: .containerInstance,
            targetId: arns.instance(target.instance, cluster: cluster))
    }
}
