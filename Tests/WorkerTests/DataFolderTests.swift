import Foundation
import Model
import Testing
import Worker

@Suite("A worker's data folder", .timeLimit(.minutes(1)))
struct DataFolderTests {
    let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    private func failure(port: Int = 1) async -> WorkerError? {
        let agent = RunningAgent(.test(port: port, folder: folder), FakeRuntime())
        return await #expect(throws: WorkerError.self) { try await agent.task.value }
    }

    @Test("A second agent on the same folder is refused while the first lives")
    func locked() async throws {
        let runtime = FakeRuntime()
        let first = RunningAgent(.test(port: 1, folder: folder), runtime)
        try await runtime.state.wait { $0.handler != nil }
        let error = await failure()
        #expect(error?.code == .folderInUse)
        #expect(error?.message.contains("--data") == true)
        try await first.stop()
        let third = RunningAgent(.test(port: 1, folder: folder), runtime)
        try await third.stop()
    }

    @Test(
        "A torn or foreign identity is refused and left as it is",
        arguments: [
            "", "muster worker identity, version 1\n", "something else entirely\n",
            "muster worker identity, version 1\n000000000000000500000000000000\n",
            "muster worker identity, version 2\n00000000000000050000000000000005\n",
        ])
    func damaged(text: String) async throws {
        try folder.write("", to: "agent.lock")
        try folder.write(text, to: "identity")
        let error = await failure()
        #expect(error?.code == .folderUnusable)
        #expect(error?.message.contains("damaged or not a worker's identity") == true)
        #expect(try folder.read("identity") == text)
    }

    @Test("A folder of something else is refused, and nothing is put into it")
    func foreign() async throws {
        try folder.write("precious", to: "thesis.tex")
        let error = await failure()
        #expect(error?.code == .folderUnusable)
        #expect(error?.message.contains("thesis.tex") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["thesis.tex"])
    }

    @Test("A folder that can't be made is named, with the reason")
    func impossible() async throws {
        try folder.write("", to: "file")
        var configuration = WorkerConfiguration.test(port: 1, folder: folder)
        configuration.dataFolder = "\(folder.path)/file/data"
        let agent = RunningAgent(configuration, FakeRuntime())
        let error = await #expect(throws: WorkerError.self) { try await agent.task.value }
        #expect(error?.code == .folderUnusable)
        #expect(error?.message.contains("Not a directory") == true)
    }
}
