import ClusterState
import Model

/// Reads the ways in which a request names objects: a name or an id, or an ARN.
extension Call {
    /// The name of the cluster; `default` when none is given.
    func clusterName(_ text: String?) throws(APIError) -> String {
        guard let text, !text.isEmpty else { return "default" }
        guard let arn = try ownARN(text, of: "cluster") else {
            return try checkedName(text, what: "cluster name")
        }
        guard arn.parts.count == 2 else { throw invalid("Invalid identifier: \(shown(text))") }
        return try checkedName(arn.parts[1], what: "cluster name")
    }

    func clusterReference(_ text: String?) throws(APIError) -> ClusterReference {
        ClusterReference(region: region, name: try clusterName(text))
    }

    /// The cluster that a read is about. An INACTIVE one has nothing to show.
    func activeCluster(_ text: String?, in state: ClusterState) throws(APIError) -> Cluster {
        guard let cluster = state.cluster(try clusterReference(text)) else {
            throw APIError(.clusterNotFound, "Cluster not found.")
        }
        guard cluster.status == .active else {
            throw APIError(.clusterNotFound, "The referenced cluster was inactive.")
        }
        return cluster
    }

    /// The name of a service: its name, `service/<cluster>/<name>` or `service/<name>` in an ARN.
    func serviceName(_ text: String, cluster: String) throws(APIError) -> String {
        guard let arn = try ownARN(text, of: "service") else {
            return try checkedName(text, what: "service name")
        }
        return try checkedName(try lastPart(of: arn, text, cluster: cluster), what: "service name")
    }

    func taskID(_ text: String, cluster: String) throws(APIError) -> TaskID {
        if let id = arns.name(in: text, of: "task", cluster: cluster).flatMap({ TaskID($0) }) {
            return id
        }
        let part = try ownARN(text, of: "task").map { arn throws(APIError) in
            try lastPart(of: arn, text, cluster: cluster)
        }
        guard let id = TaskID(part ?? text) else {
            throw invalid("taskId length should be one of [32,36], in hexadecimal: \(shown(text))")
        }
        return id
    }

    func instanceID(_ text: String, cluster: String) throws(APIError) -> InstanceID {
        let part = try ownARN(text, of: "container-instance").map { arn throws(APIError) in
            try lastPart(of: arn, text, cluster: cluster)
        }
        guard let id = InstanceID(part ?? text) else {
            throw invalid(
                "containerInstanceId length should be one of [32,36], in hexadecimal: "
                    + shown(text))
        }
        return id
    }

    /// `family`, `family:revision` or an ARN of either.
    func definitionReference(_ text: String) throws(APIError) -> TaskDefinitionReference {
        var name = text
        if let arn = try ownARN(text, of: "task-definition") {
            guard arn.parts.count == 2 else { throw invalid("Invalid identifier: \(shown(text))") }
            name = arn.parts[1]
        }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let family = try checkedName(parts[0], what: "task definition family")
        switch parts.count {
        case 1: return TaskDefinitionReference(region: region, family: family)
        case 2:
            guard let revision = Int(parts[1]), revision > 0 else {
                throw APIError(.client, "Invalid revision number. Number: \(shown(parts[1]))")
            }
            return TaskDefinitionReference(region: region, family: family, revision: revision)
        default: throw invalid("Invalid identifier: \(shown(text))")
        }
    }

    func providerReference(_ text: String) throws(APIError) -> CapacityProviderReference {
        guard let arn = try ownARN(text, of: "capacity-provider") else {
            return CapacityProviderReference(region: region, name: text)
        }
        guard arn.parts.count == 2 else { throw invalid("Invalid identifier: \(shown(text))") }
        return CapacityProviderReference(region: region, name: arn.parts[1])
    }

    /// What is named by `<kind>/<cluster>/<service>/<id>`: always an ARN.
    func partOfService(
        _ text: String, of kind: String
    ) throws(APIError) -> (service: ServiceReference, id: String) {
        guard let arn = try ownARN(text, of: kind), arn.parts.count == 4 else {
            throw invalid("Invalid identifier: \(shown(text)) is not the ARN of a \(kind).")
        }
        let cluster = try checkedName(arn.parts[1], what: "cluster name")
        let service = ServiceReference(
            cluster: ClusterReference(region: region, name: cluster),
            name: try checkedName(arn.parts[2], what: "service name"))
        return (service, arn.parts[3])
    }

    /// Letters, digits, `_` and `-`, 1-255 of them.
    func checkedName(_ name: String, what: String) throws(APIError) -> String {
        guard isName(name) else {
            throw invalid(
                "Invalid \(what): \(shown(name)). Use 1 to 255 letters, digits, hyphens and "
                    + "underscores.")
        }
        return name
    }

    func isName(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy { $0.isASCIILetterOrDigit || $0 == "-" || $0 == "_" }
    }

    /// An ARN of this region and account; `nil` when the text is no ARN.
    func ownARN(_ text: String, of kind: String) throws(APIError) -> ARN? {
        guard text.hasPrefix("arn:") else { return nil }
        guard let arn = ARN(text), arn.service == "ecs", arn.parts.first == kind else {
            throw invalid("Invalid identifier: \(shown(text)) is not the ARN of a \(kind).")
        }
        guard arn.region == region else {
            throw invalid(
                "Invalid identifier: Identifier is for region \(arn.region). "
                    + "Your region is \(region)")
        }
        guard arn.account == account else {
            throw invalid(
                "Invalid identifier: Identifier is for account \(arn.account). "
                    + "Your account is \(account)")
        }
        return arn
    }

    /// The last part of `<kind>/<cluster>/<id>` or, in the old short form, `<kind>/<id>`.
    private func lastPart(
        of arn: ARN, _ text: String, cluster: String
    ) throws(APIError) -> String {
        switch arn.parts.count {
        case 2: return arn.parts[1]
        case 3 where arn.parts[1] == cluster: return arn.parts[2]
        case 3:
            throw invalid(
                "Invalid identifier: Identifier is for cluster \(arn.parts[1]). "
                    + "Your cluster is \(cluster)")
        default: throw invalid("Invalid identifier: \(shown(text))")
        }
    }

    /// A text of the request as an error message repeats it.
    func shown(_ text: String) -> String { text.count > 128 ? "\(text.prefix(128))…" : text }
}
