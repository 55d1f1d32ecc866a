import Model
import Testing

@Suite("A definition that was stored without what its containers ask for")
struct MissingSetupTests {
    private func isMissing(_ attribute: String, _ setup: ContainerSetup?) -> Bool {
        let definition = TaskDefinition(
            key: TaskDefinitionKey(region: "r", family: "f", revision: 1),
            containers: [
                ContainerDefinition(name: "a", image: "i", setup: setup),
                ContainerDefinition(name: "b", image: "i"),
            ],
            requiredAttributes: [Attribute(name: attribute)],
            registeredAt: WallTime(milliseconds: 0))
        return definition.missingSetup.map(\.name) == [TaskDefinition.newRegistration]
    }

    @Test("needs to be registered anew; one that has it, or asks for nothing of the kind, does not")
    func volumes() {
        let mount = Mount(volume: Volume(name: "v"), path: "/v")
        #expect(isMissing("muster.capability.volumes", nil))
        #expect(!isMissing("muster.capability.volumes", ContainerSetup(mounts: [mount])))
        #expect(!isMissing("ecs.capability.container-ordering", nil))
    }

    @Test("does so even if it has other things")
    func partly() {
        let setup = ContainerSetup(hostname: "h")
        #expect(isMissing("ecs.capability.secrets.ssm.environment-variables", setup))
        #expect(!isMissing("muster.capability.hostname", setup))
    }
}
