import ClusterState
import ManagerCore
import Model
import Simulation
import Testing

/// Histories that must not be: the checker finds each.
@Suite("The checker")
struct CheckerTests {
    let cluster = ClusterID(high: 1, low: 1)
    let instance = InstanceID(high: 2, low: 1)
    let service = ServiceID(high: 3, low: 1)
    let deployment = DeploymentID(number: 1_000_000_000_000_000_001)
    let wall = WallTime(milliseconds: 1)

    func task(
        _ number: UInt64, _ status: TaskStatus = .pending, on instance: InstanceID? = nil,
        cpu: Int = 100, ports: [Int] = []
    ) -> ECSTask {
        var task = ECSTask(
            id: TaskID(high: 4, low: number), instance: instance ?? self.instance,
            origin: Shared(
                TaskOrigin(
                    cluster: cluster,
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                    group: "g", service: service, deployment: deployment,
                    reserved: Resources(cpu: cpu, memory: 10, tcpPorts: ports))),
            containers: [], createdAt: wall)
        task.lastStatus = status
        return task
    }

    var base: [Change] {
        [
            .instance(
                ContainerInstance(
                    id: instance, cluster: cluster, name: "a",
                    registered: Resources(cpu: 250, memory: 1_000), registeredAt: wall)),
            .service(
                Service(
                    id: service, cluster: cluster, name: "web", desiredCount: 2,
                    deploymentConfiguration: DeploymentConfiguration(
                        minimumHealthyPercent: 100, maximumPercent: 150),
                    deployments: [
                        Deployment(
                            id: deployment,
                            taskDefinition: TaskDefinitionKey(
                                region: "r", family: "f", revision: 1),
                            createdAt: wall, updatedAt: wall)
                    ], createdAt: wall)),
        ]
    }

    func violation(_ changes: [Change], from first: UInt64 = 1) -> String? {
        let checker = Checker(Checker.Rules(settings: ManagerSettings()))
        let records = (base + changes).enumerated().map { index, change in
            ChangeRecord(
                revision: first + UInt64(index), time: wall, cause: "test", change: change)
        }
        checker.take(records, at: 0)
        return checker.violation?.invariant
    }

    func again(_ task: ECSTask, _ change: (inout ECSTask) -> Void) -> Change {
        var task = task
        task.version += 1
        change(&task)
        return .task(task)
    }

    /// The service with its deployment in a state.
    func served(_ rollout: Deployment.RolloutState) -> Service {
        guard case .service(var service) = base[1] else { preconditionFailure("no service") }
        service.deployments[0].rolloutState = rollout
        return service
    }

    func again(_ service: Service) -> Change { .service(service) }

    func ofDeployment(_ deployment: DeploymentID) -> ECSTask {
        ECSTask(
            id: TaskID(high: 4, low: 9), instance: instance,
            origin: Shared(
                TaskOrigin(
                    cluster: cluster,
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                    group: "g", service: service, deployment: deployment, reserved: Resources())),
            containers: [], createdAt: wall)
    }

    func rollback(to revision: DeploymentID) -> ServiceDeployment {
        var deployment = ServiceDeployment(
            id: ServiceDeploymentID(high: 5, low: 1), service: service,
            target: DeploymentID(number: 8), status: .rollbackInProgress, createdAt: wall)
        deployment.rollback = .init(reason: "r", startedAt: wall, revision: revision)
        return deployment
    }

    @Test("A history that may be is not complained of")
    func sound() {
        let one = task(1)
        #expect(
            violation([.task(one), .task(task(2)), again(one) { $0.lastStatus = .running }]) == nil)
    }

    @Test("Each history that must not be is")
    func unsound() {
        let one = task(1)
        var running = one
        running.lastStatus = .running
        running.version = 2
        let elsewhere = task(1, on: InstanceID(high: 2, low: 2))
        #expect(violation([.task(one)], from: 2) == "revisions grow by one")
        #expect(
            violation([.task(one), .task(running), again(running) { $0.lastStatus = .pending }])
                == "a status never goes back")
        #expect(
            violation([.task(one), again(elsewhere) { _ in }]) == "a task never moves")
        #expect(
            violation([.task(one), .task(task(2)), .task(task(3))])
                == "no instance is oversubscribed in CPU")
        #expect(
            violation([.task(task(1, ports: [80])), .task(task(2, ports: [80]))])
                == "a host port is given once")
        #expect(
            violation((1...4).map { .task(task($0, cpu: 1)) })
                == "no more tasks than the maximum percent")
        let stop: (inout ECSTask) -> Void = {
            $0.desiredStatus = .stopped
            $0.stopCode = .serviceSchedulerInitiated
        }
        #expect(
            violation([.task(one), .task(running), again(running, stop)])
                == "no task is stopped below the minimum percent")
        #expect(violation([.task(task(1, .running))]) == "a task begins PENDING")
        let other = DeploymentID(number: 7)
        #expect(
            violation([again(served(.failed))]) == nil
                && violation([again(served(.failed)), .task(one)])
                    == "a failed deployment launches nothing"
        )
        #expect(
            violation([.task(ofDeployment(other))]) == "new tasks are of a current deployment")
        #expect(
            violation([.serviceDeployment(rollback(to: other))])
                == "a rollback goes to a completed deployment")
        #expect(
            violation([again(served(.completed)), .serviceDeployment(rollback(to: deployment))])
                == nil)
        var over = rollback(to: deployment)
        over.status = .stopped
        #expect(
            violation([
                again(served(.completed)), .serviceDeployment(over),
                .serviceDeployment(rollback(to: deployment)),
            ]) == "a service deployment that is over stays so")
        #expect(
            violation([.task(one), .removeTask(one.id)]) == "only stopped tasks are forgotten")
    }

    @Test("What must not become of unhealthy tasks is found")
    func unhealthy() {
        let reason: (inout ECSTask) -> Void = {
            $0.desiredStatus = .stopped
            $0.stopCode = .serviceSchedulerInitiated
            $0.stoppedReason = "Task failed container health checks"
        }
        func running(_ number: UInt64, service: ServiceID?) -> ECSTask {
            var task = task(number)
            task.origin.value.service = service
            task.origin.value.hasHealthCheck = true
            return task
        }
        func runs(_ task: ECSTask) -> ECSTask {
            var task = task
            task.lastStatus = .running
            task.version += 1
            return task
        }
        let (one, two) = (running(1, service: service), running(2, service: service))
        let both: [Change] = [.task(one), .task(runs(one)), .task(two), .task(runs(two))]
        #expect(violation(both) == nil)
        #expect(
            violation(both + [again(runs(one), reason)])
                == "an unhealthy task stays until its replacement is there")
        #expect(
            violation(both + [again(served(.completed))])
                == "a deployment is COMPLETED when its tasks are HEALTHY")
        let alone = running(3, service: nil)
        #expect(
            violation([.task(alone), .task(runs(alone)), again(runs(alone), reason)])
                == "a task of no service is not stopped for its health")
    }

    @Test("Moves that must not be are found")
    func moves() {
        let one = task(1)
        let moved = "(service web) has started 1 tasks to rebalance over instances: (task x)."
        let event = Change.serviceEvent(
            ServiceEvent(
                service: service, sequence: 1, id: .init(high: 6, low: 1), createdAt: wall,
                message: moved))
        #expect(
            violation([.task(one), event]) == "nothing moves while a deployment is under way")
        #expect(
            violation([again(served(.completed)), .task(one), event])
                == "no more tasks move at a time than may, and from a steady state")
        let move: (inout ECSTask) -> Void = {
            $0.desiredStatus = .stopped
            $0.stopCode = .serviceSchedulerInitiated
            $0.stoppedReason = "Instance rebalancing initiated by (deployment d)"
        }
        var most = task(2, .running, cpu: 1)
        most.version = 2
        #expect(
            violation([
                again(served(.completed)), .task(task(2, cpu: 1)), .task(most), again(most, move),
            ]) == "no task is stopped below the minimum percent")
        #expect(
            violation([again(served(.completed)), .task(one), again(one, move)])
                == "a move leaves as many tasks as are desired")
    }
}
