import ArgumentParser
import Foundation
import Model
import Simulation
import Testing

@testable import muster

@Suite("What muster simulate is asked for")
struct SimulateTests {
    func options(_ words: String...) throws -> SimulateOptions {
        let verb = try #require(try SimulateVerb.parseAsRoot(words) as? SimulateVerb)
        return try SimulateOptions(verb)
    }

    func plan(_ options: SimulateOptions, seed: UInt64 = 7) throws -> Plan {
        try options.plan(seed: seed, .demo)
    }

    @Test("A demo in a cluster as it comes")
    func standard() throws {
        let options = try options("--seed", "7")
        let plan = try plan(options)
        #expect(options.seeds == 7...7 && plan.hosts.count == 5 && !plan.isBusy)
        #expect(plan.services.map(\.service.name) == ["web"] && plan.hosts[3].cpu == 4_096)
        #expect(!plan.shelters)
        #expect(options.replay(seed: 7) == "muster simulate --seed 7")
    }

    @Test("Every argument is in the line that gives a seed again")
    func replay() throws {
        let options = try options(
            "--seeds", "3..9", "--workers", "6", "--faults", "power-loss,loss", "--duration", "90s",
            "--memory", "512", "--no-wire")
        let plan = try plan(options)
        #expect(options.seeds == 3...9 && plan.hosts.count == 6 && plan.hosts[5].memory == 512)
        #expect(plan.faultTime == 90_000 && plan.faults == FaultSet([.powerLoss, .loss]))
        #expect(
            options.replay(seed: 4) == "muster simulate --seed 4 --workers 6 --memory 512 --faults "
                + "power-loss,loss --duration 90s --no-wire")
    }

    @Test("A failure's own line gives its plan")
    func drawn() throws {
        var failed = Plan(seed: 11)
        failed.faultTime = 77_000
        failed.faults.remove(.loss)
        failed.services.removeLast()
        failed.usesWire = false
        failed.clients = 1
        let words = ["--drawn"] + failed.arguments
        let verb = try #require(try SimulateVerb.parseAsRoot(words) as? SimulateVerb)
        let plan = try SimulateOptions(verb).plan(seed: 11, .demo)
        #expect(plan.arguments == failed.arguments)
        #expect(plan.services == failed.services && plan.hosts.count == failed.hosts.count)
    }

    @Test(
        "What is wrong is told",
        arguments: [
            (["--seeds", "9..3"], "is no range"), (["--seeds", "5"], "is no range"),
            (["--seeds", "1...3"], "is no range"), (["--seeds", "1..999999999"], "at most"),
            (["--seed", "x"], "is no number"), (["--seed", "1", "--seeds", "1..2"], "not both"),
            (["--faults", "rain"], "no kind of fault \"rain\""), (["--workers", "0"], "--workers"),
            (["--duration", "5"], "is no time span"), (["--duration", "0s"], "from 1s"),
            (["--bogus"], "'--bogus' means nothing here"),
            (["--fault-time"], "--fault-time needs a value"),
            (["--drawn", "--cpu", "5"], "--drawn"),
        ])
    func wrong(words: [String], expected: String) throws {
        let verb = try #require(try SimulateVerb.parseAsRoot(words) as? SimulateVerb)
        let failure = #expect(throws: Failure.self) { try SimulateOptions(verb) }
        #expect(failure?.code == .usage && failure?.message.contains(expected) == true)
    }

    // MARK: Files

    static let definition = """
        {"family": "api", "containerDefinitions": [
          {"name": "main", "image": "badger", "memory": 64, "cpu": 100,
           "logConfiguration": {"logDriver": "json-file"}}]}
        """
    static let service = #"""
        {"cluster": "prod", "serviceName": "api", "taskDefinition": "api:1", "desiredCount": 4,
         "deploymentConfiguration": {"minimumHealthyPercent": 50}}
        """#

    func read(_ texts: String...) async throws -> ServiceFiles {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-simulate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = try texts.enumerated().map { index, text in
            let file = folder.appendingPathComponent("\(index).json")
            try Data(text.utf8).write(to: file)
            return file.path
        }
        return try await ServiceFiles.read(paths)
    }

    @Test("The AWS CLI's files are told apart by their members, in any order")
    func files() async throws {
        let files = try await read(Self.service, Self.definition)
        let service = try #require(files.services.first)
        #expect(service.service.cluster == Plan.cluster && service.desiredCount == 4)
        #expect(service.deploymentConfiguration.minimumHealthyPercent == 50)
        #expect(files.definitions.first?.containers.first?.image == "docker.io/badger")
        #expect(files.definitions.first?.requiredAttributes.isEmpty == true)
    }

    @Test("What a manager would refuse is refused with its words and the file's name")
    func refusals() async throws {
        let missing = await #expect(throws: Failure.self) { try await read(Self.service) }
        #expect(missing?.code == .data && missing?.message.contains("0.json: ") == true)
        let negative = Self.service.replacing(": 4", with: ": -4")
        let count = await #expect(throws: Failure.self) {
            try await read(Self.definition, negative)
        }
        #expect(count?.message.contains("Desired count must be between 0 and 5000") == true)
    }

    @Test("Files that are not there, not JSON, or something else, are told so")
    func wrongFiles() async throws {
        let absent = await #expect(throws: Failure.self) {
            try await ServiceFiles.read(["/nowhere/task.json"])
        }
        #expect(absent?.code == .noInput && absent?.message.contains("/nowhere/task.json") == true)
        let text = await #expect(throws: Failure.self) { try await read("family: api") }
        #expect(text?.code == .data && text?.message.contains("no JSON object") == true)
        let other = await #expect(throws: Failure.self) { try await read(#"{"name": "x"}"#) }
        #expect(other?.message.contains("neither a task definition") == true)
        let alone = await #expect(throws: Failure.self) { try await read(Self.definition) }
        #expect(alone?.code == .usage && alone?.message.contains("names no service") == true)
    }

    @Test("A history that is not there, or none, is told so")
    func noHistory() throws {
        let absent = #expect(throws: Failure.self) {
            try HistoryCheck.run("/nowhere/data", export: nil)
        }
        #expect(absent?.code == .noInput)
        let empty = #expect(throws: Failure.self) {
            try HistoryCheck.run(NSTemporaryDirectory(), export: nil)
        }
        #expect(empty?.code == .noInput && empty?.message.contains("no journal.db") == true)
    }
}
