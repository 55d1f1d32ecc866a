import Model
import TaskLifecycle
import WorkerCore

/// How health checks go on simulated hosts: they pass, but for containers that are sick for a while
/// and revisions that always are.
extension World {
    /// Images of revisions whose checks pass only when the faults have stopped.
    static let sickImage = "sick"

    func drawSickness(of definition: ContainerDefinition) -> ClosedRange<Int64>? {
        guard definition.healthCheck != nil else { return nil }
        let kind = FaultKind.healthFlap
        let begin = now + faultChances[kind.rawValue].within(0...240_000)
        let length = faultChances[kind.rawValue].within(5_000...120_000)
        let happens = faultChances[kind.rawValue].happens(250)
        return happens && !isHealed && plan.has(kind) ? begin...begin + length : nil
    }

    func check(
        _ name: ContainerName, _ number: Int, _ check: HealthCheck, _ worker: Int
    ) {
        guard let container = workers[worker].runtime[name] else { return }
        let isSick =
            container.definition.image.hasPrefix(Self.sickImage)
            || container.sick?.contains(now) ?? false
        let passes = container.isRunning && (isHealed || !isSick)
        let hangs = healthChance.happens(400) && !passes
        if hangs { reach(.healthCheckHung) }
        let delay = hangs ? Int64(check.timeout) * 1_000 : healthChance.within(2...300)
        agenda.add(
            .runtime(
                worker: worker, boot: workers[worker].boot,
                .checkEnds(name, number: number, passed: passes, agent: workers[worker].run)),
            at: now + delay)
    }

    /// The agent that asked hears of it, if it still runs.
    func endCheck(
        of name: ContainerName, _ number: Int, passed: Bool, _ worker: Int, _ run: UInt64
    ) {
        agenda.add(
            .agentHears(
                worker: worker, run: run,
                .task(
                    name.task,
                    .checked(container: name.container, number: number, passed: passed))),
            at: now + healthChance.within(0...4))
    }

    /// A client's new revision has checks as the others of its seed have, and now and then never
    /// passes them.
    func addHealth(to request: inout RegisterTaskDefinition) {
        guard plan.definitions.contains(where: { $0.containers.contains { $0.healthCheck != nil } })
        else { return }
        Workload.addHealth(to: &request.containers, using: &healthIdeas)
        let isSick = healthIdeas.happens(350)
        guard isSick, plan.has(.healthFlap), request.containers[0].image != "bad" else { return }
        request.containers[0].image = Self.sickImage
    }
}
