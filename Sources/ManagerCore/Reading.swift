package import ClusterState
import HashTreeCollections
package import Model
package import Placement
package import Rollout

/// What the decisions would be, asked of a state rather than of a manager that runs: for what
/// explains them. The decisions' own code answers, so that an explanation can't differ from them.
///
/// What only a manager's run knows is not here: connections that are down for a moment, delays of
/// launches but for when they end, replacements that are held after a mass silence.
package struct StateReader {
    private var core: ManagerCore
    private let cluster: ClusterID

    /// What a service would do next.
    package struct Outlook {
        package var view: ServiceView
        package var plan: ServicePlan
    }

    /// - Parameter time: That of the state: what runs for long enough by then counts as healthy.
    package init(
        _ state: ClusterState, of cluster: ClusterID, settings: ManagerSettings, at time: WallTime
    ) {
        core = ManagerCore(reading: state, of: cluster, settings: settings, at: time)
        self.cluster = cluster
    }

    /// `nil` for a service that is not REPLICA.
    package func outlook(of service: Service) -> Outlook? {
        guard service.schedulingStrategy == .replica else { return nil }
        let view = core.view(of: service, core.state.outlines(of: service.id))
        return Outlook(view: view, plan: RollingPlan.plan(view))
    }

    /// What a task set would do next.
    package func outlook(of set: TaskSet, in service: Service) -> Outlook {
        let own = core.state.outlines(of: service.id).filter { $0.value.deployment == set.id }
        let view = core.view(of: service.part(of: set), own)
        return Outlook(view: view, plan: RollingPlan.plan(view))
    }

    /// What a DAEMON service would do next.
    package func daemonPlan(of service: Service) -> DaemonPlan? {
        guard service.schedulingStrategy == .daemon, let primary = service.deployments.first,
            let blueprint = core.blueprint(of: service, primary)
        else { return nil }
        return DaemonPlan(
            core.view(of: service, core.state.outlines(of: service.id), blueprint.need))
    }

    /// What the next task of a deployment asks for.
    package func need(of service: Service, _ deployment: Deployment) -> Need? {
        var split = core.partition(of: service, deployment)
        let part = split?.next().flatMap { core.part(of: $0, in: service.cluster) }
        return core.blueprint(of: service, deployment, for: part)?.need
    }

    /// What a task asked for when it was placed.
    package func need(of task: ECSTask) -> Need? {
        guard let definition = core.state.definitions[task.definition] else { return nil }
        let service = task.service.flatMap { core.state.services[$0] }
        let wish =
            service.map {
                PlacementWish(
                    constraints: $0.placementConstraints, strategies: $0.placementStrategy)
            } ?? task.origin.value.wish ?? PlacementWish()
        let fallback = task.service == nil ? [.random] : Need.serviceDefault
        let part = task.capacityProvider.flatMap { core.part(of: $0, in: task.cluster) }
        return TaskBlueprint(
            of: definition, in: task.cluster, group: task.group, service: task.service,
            deployment: task.deployment, launchType: task.launchType, part: part,
            overrides: task.overrides, tags: task.tags, constraints: wish.constraints,
            strategies: wish.strategies.isEmpty ? fallback : wish.strategies
        ).need
    }

    /// How all instances look to a need.
    package mutating func survey(_ need: Need) -> Survey {
        core.boards[cluster, default: Board()].survey(need)
    }

    /// What one instance lacks for a task that is told where to go.
    package func misfit(of need: Need, on instance: InstanceID) -> Misfit? {
        core.boards[cluster]?.misfitOfStart(of: need, on: instance)
    }

    /// Leaves a task out of account, as if it were not there yet.
    package mutating func leaveOut(_ task: ECSTask) {
        guard task.lastStatus != .stopped else { return }
        core.boards[cluster]?.remove(task.holding, on: task.instance)
    }
}

extension ManagerCore {
    /// A core to ask, not to run: it has no timers, and the board of one cluster alone.
    fileprivate init(
        reading state: ClusterState, of cluster: ClusterID, settings: ManagerSettings,
        at time: WallTime
    ) {
        self.init(
            state: state, settings: settings, seed: 0, startedAt: .zero,
            now: Moment(monotonic: .zero + settings.healthyAfter, wall: time))
        var board = Board()
        for instance in state.instances(of: cluster) {
            board.put(instance, isReached: true)
            for task in state.liveTasks(on: instance.id) {
                board.add(task.holding, on: instance.id)
                noteStart(of: task, at: time)
            }
        }
        boards[cluster] = board
    }

    /// A task that became RUNNING a moment ago does not count as healthy yet.
    private mutating func noteStart(of task: ECSTask, at time: WallTime) {
        guard task.lastStatus == .running, let startedAt = task.startedAt else { return }
        let age = time.milliseconds - startedAt.milliseconds
        guard (0..<settings.healthyAfter.milliseconds).contains(age) else { return }
        runningSince[task.id] = now.monotonic + .milliseconds(-age)
    }
}
