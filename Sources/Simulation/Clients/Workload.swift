import Model

/// The task definitions and services of a seed.
struct Workload {
    var definitions: [RegisterTaskDefinition] = []
    var services: [CreateService] = []

    static let familiesMaximum = 4

    static func draw(seed: UInt64, hosts: Int) -> Workload {
        var chance = Chance(seed: seed, concern: "workload")
        var workload = Workload()
        var losses = Chance(seed: seed, concern: "on-lost")
        for family in 0..<chance.number(2...familiesMaximum) {
            // A family keeps its ports over all its revisions, or a roll-out would free them.
            let port = chance.happens(250) ? 8_000 + family : nil
            let tags = losses.happens(350) ? [Tag(key: OnLost.tag, value: "stop")] : []
            for _ in 0..<chance.number(1...2) {
                workload.definitions.append(
                    definition("f\(family)", port: port, tags: tags, using: &chance))
            }
        }
        for index in 0..<chance.number(1...3) {
            let family = chance.pick(workload.definitions)?.family ?? "f0"
            workload.services.append(
                CreateService(
                    service: ServiceReference(cluster: Plan.cluster, name: "s\(index)"),
                    taskDefinition: TaskDefinitionReference(region: Plan.region, family: family),
                    desiredCount: chance.number(1...max(2, min(hosts * 2, 24))),
                    deploymentConfiguration: bounds(using: &chance),
                    placementConstraints: chance.happens(150) ? [.distinctInstance] : [],
                    placementStrategy: strategy(using: &chance), clientToken: "create-s\(index)"))
        }
        return workload
    }

    static func definition(
        _ family: String, port: Int?, tags: [Tag], using chance: inout Chance
    ) -> RegisterTaskDefinition {
        var containers: [ContainerDefinition] = []
        for index in 0..<(chance.pick([1, 1, 1, 2, 3]) ?? 1) {
            var container = ContainerDefinition(
                name: "c\(index)", image: "image-\(family)", cpu: 32 * chance.number(1...4),
                memory: 32 * chance.number(1...4), command: ["serve"],
                stopTimeout: chance.number(1...8))
            container.essential = index == 0 || chance.happens(500)
            if index == 0, let port {
                container.portMappings = [PortMapping(containerPort: 80, hostPort: port)]
            }
            if index > 0, chance.happens(400) {
                container.dependsOn = [
                    ContainerDependency(container: "c\(index - 1)", condition: .start)
                ]
            }
            containers.append(container)
        }
        return RegisterTaskDefinition(
            region: Plan.region, family: family, containers: containers, tags: tags)
    }

    static func bounds(using chance: inout Chance) -> DeploymentConfiguration {
        let pairs = [(100, 200), (50, 100), (0, 100), (50, 150), (100, 150), (75, 125), (0, 200)]
        let (minimum, maximum) = chance.pick(pairs) ?? (100, 200)
        return DeploymentConfiguration(
            minimumHealthyPercent: minimum, maximumPercent: maximum)
    }

    private static func strategy(using chance: inout Chance) -> [PlacementStrategy] {
        let all: [[PlacementStrategy]] = [
            [], [.random], [.binpack(.memory)], [.binpack(.cpu)], [.spread("instanceId")],
            [.spread("attribute:ecs.availability-zone"), .binpack(.cpu)],
        ]
        return chance.pick(all) ?? []
    }
}
