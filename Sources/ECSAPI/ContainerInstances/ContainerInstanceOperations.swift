import ClusterState
import HashTreeCollections
import Model
import QueryLanguage

extension Call {
    func describeContainerInstances(
        _ input: ECS.DescribeContainerInstancesRequest
    ) async throws(APIError) -> ECS.DescribeContainerInstancesResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        let ids = try instanceIDs(input.containerInstances, cluster: cluster.name, atMost: 100)
        let include = input.include ?? []
        let reading = include.contains(.containerInstanceHealth) ? usage() : nil
        var found: [ECS.ContainerInstance] = []
        var failures: [ECS.Failure] = []
        for id in ids {
            if let instance = state.instances[id], instance.cluster == cluster.id {
                found.append(
                    rendered(
                        instance, cluster: cluster.name, in: state, tags: include.contains(.tags),
                        health: reading.map { health(of: instance, $0) }))
            } else {
                failures.append(missing(id, cluster: cluster.name))
            }
        }
        return ECS.DescribeContainerInstancesResponse(containerInstances: found, failures: failures)
    }

    func listContainerInstances(
        _ input: ECS.ListContainerInstancesRequest
    ) async throws(APIError) -> ECS.ListContainerInstancesResponse {
        var filter: ClusterQuery?
        if let text = input.filter, !text.isEmpty { filter = try query(text, of: "Invalid filter") }
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        let ids = state.instances(of: cluster.id)
            .filter { instance in
                guard let status = input.status else { return instance.status != .inactive }
                return instance.status.rawValue == status.rawValue
            }
            .filter { instance in
                filter?.isMet(by: InstanceSubject(instance: instance, state: state)) ?? true
            }
            .map { $0.id.description }
        let page = try page(ids, after: input.nextToken, limit: input.maxResults)
        return ECS.ListContainerInstancesResponse(
            containerInstanceArns: page.items.map { arns.instance($0, cluster: cluster.name) },
            nextToken: page.nextToken)
    }

    func deregisterContainerInstance(
        _ input: ECS.DeregisterContainerInstanceRequest
    ) async throws(APIError) -> ECS.DeregisterContainerInstanceResponse {
        let cluster = try clusterReference(input.cluster)
        let text = input.containerInstance ?? ""
        guard !text.isEmpty else { throw invalid("Container instance cannot be empty.") }
        let reference = InstanceReference(
            cluster: cluster, id: try instanceID(text, cluster: cluster.name))
        let (outcome, state) = try await submit(
            .deregisterContainerInstance(reference, force: input.force ?? false))
        guard case .instance(let instance) = outcome else { throw unexpected(outcome) }
        return ECS.DeregisterContainerInstanceResponse(
            containerInstance: rendered(instance, cluster: cluster.name, in: state, tags: true))
    }

    func updateContainerInstancesState(
        _ input: ECS.UpdateContainerInstancesStateRequest
    ) async throws(APIError) -> ECS.UpdateContainerInstancesStateResponse {
        let cluster = try clusterReference(input.cluster)
        guard let status = input.status.flatMap({ UpdatedInstanceState(rawValue: $0.rawValue) })
        else {
            throw invalid("Container instance status should be one of [ACTIVE,DRAINING].")
        }
        let ids = try instanceIDs(input.containerInstances, cluster: cluster.name, atMost: 10)
        let (outcome, state) = try await submit(
            .updateContainerInstancesState(cluster, ids, status))
        guard case .instances(let instances, let missing) = outcome else {
            throw unexpected(outcome)
        }
        return ECS.UpdateContainerInstancesStateResponse(
            containerInstances: instances.map {
                rendered($0, cluster: cluster.name, in: state, tags: false)
            },
            failures: missing.map { self.missing($0, cluster: cluster.name) })
    }

    /// The ids of a request's list of instances, each once, in its order.
    func instanceIDs(
        _ texts: [String]?, cluster: String, atMost maximum: Int
    ) throws(APIError) -> [InstanceID] {
        guard let texts, !texts.isEmpty else {
            throw invalid("Container Instances cannot be empty.")
        }
        guard texts.count <= maximum else {
            throw invalid("Container Instances cannot have more than \(maximum) elements.")
        }
        var seen: Set<InstanceID> = []
        var ids: [InstanceID] = []
        for text in texts {
            let id = try instanceID(text, cluster: cluster)
            if seen.insert(id).inserted { ids.append(id) }
        }
        return ids
    }

    private func missing(_ id: InstanceID, cluster: String) -> ECS.Failure {
        ECS.Failure(arn: arns.instance(id, cluster: cluster), reason: "MISSING")
    }
}
