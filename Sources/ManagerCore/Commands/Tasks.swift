import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement
import Rollout

extension ManagerCore {
    /// One attempt to place each task; what finds no place is a failure, not a wait.
    mutating func run(_ request: RunTask) throws(APIError) -> Outcome {
        try check(request.count, of: "tasks")
        let cluster = try activeCluster(request.request.cluster)
        let definition = try activeDefinition(request.request.taskDefinition)
        try check(request.placementConstraints, with: definition)
        let strategy = try strategy(request.capacityProviderStrategy, in: cluster)
        func blueprint(for part: TaskBlueprint.Part?) -> TaskBlueprint {
            self.blueprint(
                of: request.request, definition, in: cluster, part: part,
                clientToken: request.clientToken,
                wish: PlacementWish(
                    constraints: request.placementConstraints,
                    strategies: request.placementStrategy))
        }
        let whole = blueprint(for: nil)
        if let earlier = try tasks(madeWith: whole, count: request.count) {
            return .tasks(earlier, failures: [])
        }
        guard state.registeredInstanceCount(of: cluster.id) > 0 else {
            throw APIError(
                .invalidParameter, "No Container Instances were found in your cluster.")
        }
        // Whose the tasks are; all are nobody's without a strategy.
        var split = CapacityProviderSplit(strategy)
        var parts: OrderedDictionary<String?, Int> = [:]
        for _ in 0..<request.count { parts[split.next(), default: 0] += 1 }
        var tasks: [ECSTask] = []
        var failures: [PlacementFailure] = []
        for (provider, count) in parts {
            let own = provider.map { blueprint(for: part(of: $0, in: cluster.id)) } ?? whole
            let places = takePlaces(for: own, count: count)
            tasks += places.instances.map { create(own, on: $0) }
            guard let refusal = places.refusal else { continue }
            let failure = PlacementFailure(
                instance: refusal.nearest?.instance,
                reason: refusal.nearest?.misfit.failureReason ?? "AGENT",
                detail: refusal.nearest?.misfit.detail)
            failures += Array(repeating: failure, count: count - places.instances.count)
        }
        return .tasks(tasks, failures: failures)
    }

    /// The caller names the instances; only what they lack can stand against it.
    mutating func start(_ request: StartTask) throws(APIError) -> Outcome {
        try check(request.instances.count, of: "container instances")
        let cluster = try activeCluster(request.request.cluster)
        let definition = try activeDefinition(request.request.taskDefinition)
        let blueprint = blueprint(
            of: request.request, definition, in: cluster, wish: PlacementWish(isNamed: true))
        var tasks: [ECSTask] = []
        var failures: [PlacementFailure] = []
        for id in request.instances {
            guard let instance = state.instances[id], instance.cluster == cluster.id else {
                failures.append(PlacementFailure(instance: id, reason: "MISSING"))
                continue
            }
            if let misfit = takePlace(for: blueprint, on: instance.id) {
                failures.append(
                    PlacementFailure(
                        instance: id, reason: misfit.failureReason, detail: misfit.detail))
            } else {
                tasks.append(create(blueprint, on: instance.id))
            }
        }
        return .tasks(tasks, failures: failures)
    }

    mutating func stopTask(_ reference: TaskReference, reason: String?) throws(APIError) -> Outcome
    {
        let cluster = try activeCluster(reference.cluster)
        guard let task = state.tasks[reference.id], task.cluster == cluster.id else {
            throw APIError(.invalidParameter, "The referenced task was not found.")
        }
        let wall = now.wall
        if task.desiredStatus == .running {
            update(task.id) { task in
                task.desiredStatus = .stopped
                task.stopCode = .userInitiated
                task.stoppedReason = reason ?? "Task stopped by user"
                task.stoppingAt = wall
            }
        }
        return .task(state.tasks[task.id] ?? task)
    }

    private func check(_ count: Int, of what: String) throws(APIError) {
        let most = settings.quotas.tasksPerRequest
        guard (1...most).contains(count) else {
            throw APIError(
                .invalidParameter, "The number of \(what) must be between 1 and \(most).")
        }
    }

    private func blueprint(
        of request: TaskRequest, _ definition: TaskDefinition, in cluster: Cluster,
        part: TaskBlueprint.Part? = nil, clientToken: String? = nil, wish: PlacementWish
    ) -> TaskBlueprint {
        var tags = request.tags
        if request.propagateTags == .taskDefinition {
            tags = definition.tags.filter { tag in !tags.contains { $0.key == tag.key } } + tags
        }
        if request.enableManagedTags {
            tags.append(Tag(key: "aws:ecs:clusterName", value: cluster.name))
        }
        return TaskBlueprint(
            of: definition, in: cluster.id,
            group: request.group ?? "family:\(definition.key.family)",
            startedBy: request.startedBy, launchType: request.launchType, part: part,
            overrides: request.overrides, clientToken: clientToken,
            takesCommands: request.takesCommands, tags: tags,
            constraints: wish.constraints, strategies: wish.strategiesOrDefault,
            wish: wish == PlacementWish() ? nil : wish)
    }

    /// The tasks that the same client token made before.
    private func tasks(
        madeWith blueprint: TaskBlueprint, count: Int
    ) throws(APIError) -> [ECSTask]? {
        let origin = blueprint.origin.value
        guard let token = origin.clientToken else { return nil }
        let earlier = state.tasks(token: token, in: origin.cluster)
        guard !earlier.isEmpty else { return nil }
        let isSame =
            earlier.count <= count
            && earlier.allSatisfy {
                $0.definition == origin.definition && $0.group == origin.group
                    && $0.startedBy == origin.startedBy && $0.overrides == origin.overrides
            }
        guard isSame else {
            throw APIError(
                .conflict,
                "The client token was used before with other parameters; use a new one.",
                resourceIDs: earlier.compactMap { task in
                    state.clusters[task.cluster].map { arns.task(task.id, in: $0) }
                })
        }
        return earlier
    }
}

extension PlacementWish {
    /// What RunTask does where it is told nothing.
    var strategiesOrDefault: [PlacementStrategy] { strategies.isEmpty ? [.random] : strategies }
}
