import Foundation
import Testing

@testable import ECSAPI

@Suite("The table of what a definition may ask for")
struct FeatureTableTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/Runtimes/FEATURES.md")

    private static let introduction = """
        # What a task definition may ask for, by runtime

        Written by `Tests/ECSAPITests/FeatureTableTests.swift`, which registers a definition with
        each member of ECS's service model, and holds what it needs against what the runtimes claim;
        it fails while this page is not what it finds. To write it anew: `MUSTER_WRITE_PAGE=1` and
        the suite `FeatureTableTests`.

        *Works*: a worker carries it out. *Refused at placement*: no worker of the runtime has the
        attribute, so that a task with it is not placed there, with ECS's reason `ATTRIBUTE`.

        | member | process | containerd |
        |---|---|---|

        """

    @Test("has every member of the service model")
    func complete() {
        func members(_ shape: Any) -> Set<String> {
            Set(Mirror(reflecting: shape).children.compactMap(\.label))
        }
        typealias Samples = FeatureSamples
        #expect(
            members(ECS.ContainerDefinition())
                == Set(Samples.container.map(\.key) + ["linuxParameters"]))
        #expect(members(ECS.LinuxParameters()) == Set(Samples.linux.map(\.key)))
        #expect(members(ECS.Volume()) == Set(Samples.volume.map(\.key) + ["name"]))
        #expect(members(ECS.DockerVolumeConfiguration()) == Set(Samples.docker.map(\.key)))
        #expect(
            members(ECS.RegisterTaskDefinitionRequest())
                == Set(Samples.task.map(\.key) + ["family", "containerDefinitions", "volumes"]))
    }

    @Test("is the page that is committed")
    func page() async throws {
        let rows = try await FeatureTable.rows()
        let text = Self.introduction + rows.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["MUSTER_WRITE_PAGE"] != nil {
            try text.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let committed = (try? String(contentsOf: Self.page, encoding: .utf8)) ?? ""
        let lines = Set(committed.split(separator: "\n"))
        let changed = text.split(separator: "\n").filter { !lines.contains($0) }
        #expect(text == committed, "new: \(changed); to write it: MUSTER_WRITE_PAGE=1")
    }
}
