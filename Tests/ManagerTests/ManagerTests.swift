import ClusterState
import Foundation
import HashTreeCollections
import Logging
import Manager
import ManagerCore
import Model
import NIOCore
import NIOPosix
import RPC
import Testing
import Wire

@Suite("The core's loop")
struct CoreLoopTests {
    let moment = Moment(monotonic: .zero, wall: WallTime(milliseconds: 1_000))

    func createCluster(_ name: String, call: UInt64) -> Event {
        .command(
            CallID(number: call),
            .createCluster(CreateCluster(cluster: .init(region: "us-east-1", name: name))))
    }

    /// A loop whose recovery has been released.
    func loop() -> CoreLoop {
        var loop = CoreLoop(
            recovered: ClusterState(), settings: ManagerSettings(),
            bounds: ManagerConfiguration.unsettledMaximum, seed: 1, at: moment)
        #expect(loop.nextDurable() != nil)
        #expect(loop.nextDurable() == nil)
        return loop
    }

    @Test("Contract 1: a reply waits until its own records are durable")
    func replyWaits() throws {
        var loop = loop()
        let batch = try unwrap(loop.step([createCluster("one", call: 1)], at: moment))
        #expect(batch.1.count == 1)
        #expect(loop.nextDurable() == nil)
        loop.settle(batch.number)
        let released = try unwrap(loop.nextDurable())
        #expect(released.effects.replies.count == 1)
        #expect(released.snapshot.clusters.count == 1)
    }

    @Test("Contract 1: batches are released in order, even when a later one is durable first")
    func order() throws {
        var loop = loop()
        let first = try unwrap(loop.step([createCluster("one", call: 1)], at: moment))
        let second = try unwrap(loop.step([createCluster("two", call: 2)], at: moment))
        loop.settle(second.number)
        #expect(loop.nextDurable() == nil)
        loop.settle(first.number)
        #expect(loop.nextDurable()?.number == first.number)
        #expect(loop.nextDurable()?.number == second.number)
    }

    @Test("Contract 1: an answer that writes nothing still waits for the records it may speak of")
    func readOfUnsettled() throws {
        var loop = loop()
        let first = try unwrap(loop.step([createCluster("one", call: 1)], at: moment))
        let again = try unwrap(loop.step([createCluster("one", call: 2)], at: moment))
        #expect(again.1.isEmpty)
        #expect(loop.nextDurable() == nil)
        loop.settle(first.number)
        #expect(loop.nextDurable()?.number == first.number)
        #expect(loop.nextDurable()?.number == again.number)
    }

    @Test("Contract 7: no more batches than the bound wait for the journal")
    func bound() {
        var loop = loop()
        for number in 0..<UInt64(ManagerConfiguration.unsettledMaximum.batches) {
            #expect(!loop.isFull)
            _ = loop.step([createCluster("c\(number)", call: number)], at: moment)
        }
        #expect(loop.isFull)
    }
}

/// `#require` can't see through a mutating call.
private func unwrap<Value>(_ value: Value?) throws -> Value {
    try #require(value)
}

@Suite("A manager on loopback", .serialized)
struct ManagerNodeTests {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    func withManager<Result: Sendable>(
        folder: String, _ body: (ManagerNode) async throws -> Result
    ) async throws -> Result {
        var configuration = ManagerConfiguration(dataFolder: folder)
        configuration.workerPort = 0
        configuration.security = .plaintext
        configuration.networkLoops = 1
        let node = try await ManagerNode.start(configuration, logger: logger)
        let running = Task { try await node.run() }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(node))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        try? await running.value
        return try result.get()
    }

    func registration(_ name: String, agent: UInt64 = 1) -> Registration {
        Registration(
            name: name, cluster: "default", agent: AgentID(high: 0, low: agent),
            resources: Resources(cpu: 1_024, memory: 1_024))
    }

    /// A worker that has registered.
    func join(
        _ node: ManagerNode, as name: String
    ) async throws -> (RPCClientConnection, Registered) {
        let connection = try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: node.workerPort),
            group: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let answer = try await connection.unary(
            WorkerService.register, WireCodec.encode(registration(name)), timeout: .seconds(5))
        return (connection, try WireCodec.decodeRegistered(answer))
    }

    @Test("What was acknowledged is there after a restart")
    func restart() async throws {
        try await withFolder { folder in
            let reference = ClusterReference(region: "us-east-1", name: "kept")
            try await withManager(folder: folder) { node in
                _ = try await node.submit(.createCluster(CreateCluster(cluster: reference)))
                #expect(node.snapshot().cluster(reference) != nil)
            }
            try await withManager(folder: folder) { node in
                #expect(node.snapshot().cluster(reference)?.status == .active)
            }
        }
    }

    @Test("Who comes after the end is told so, and does not wait")
    func afterTheEnd() async throws {
        try await withFolder { folder in
            let node = try await withManager(folder: folder) { $0 }
            let error = await #expect(throws: APIError.self) {
                _ = try await node.submit(
                    .createCluster(
                        CreateCluster(cluster: ClusterReference(region: "us-east-1", name: "late")))
                )
            }
            #expect(error?.code == .server)
        }
    }

    @Test("A worker registers, beats, and is refused with another session")
    func worker() async throws {
        try await withFolder { folder in
            try await withManager(folder: folder) { node in
                let (connection, registered) = try await join(node, as: "one")
                #expect(registered.epoch == 1)
                let beat = Heartbeat(session: registered.session, sequence: 1, acknowledged: 0)
                _ = try await connection.unary(
                    WorkerService.heartbeat, WireCodec.encode(beat), timeout: .seconds(5))
                let stale = Heartbeat(
                    session: SessionID(high: 1, low: 2), sequence: 1, acknowledged: 0)
                let error = await #expect(throws: RPCError.self) {
                    _ = try await connection.unary(
                        WorkerService.heartbeat, WireCodec.encode(stale), timeout: .seconds(5))
                }
                #expect(error?.code == .failedPrecondition)
                #expect(node.snapshot().instances[registered.instance]?.agentConnected == true)
                await connection.close()
            }
        }
    }

    @Test("What containers use is taken within the session, and forgotten with the worker")
    func usage() async throws {
        try await withFolder { folder in
            try await withManager(folder: folder) { node in
                let (connection, registered) = try await join(node, as: "one")
                func tell(_ session: SessionID) async throws {
                    let report = UsageReport(session: session, number: 1, containers: [])
                    _ = try await connection.unary(
                        WorkerService.reportUsage, WireCodec.encode(report), timeout: .seconds(5))
                }
                try await tell(registered.session)
                #expect(node.usage().workers == 1)
                let error = await #expect(throws: RPCError.self) {
                    try await tell(SessionID(high: 1, low: 2))
                }
                #expect(error?.code == .failedPrecondition)
                await connection.close()
                let clock = ContinuousClock()
                let limit = clock.now + .seconds(10)
                while node.usage().workers > 0, clock.now < limit {
                    await Task.yield()
                }
                #expect(node.usage().workers == 0)
            }
        }
    }

    @Test("A stream starts with the complete set and goes on with what is run")
    func assignments() async throws {
        try await withFolder { folder in
            try await withManager(folder: folder) { node in
                let (connection, registered) = try await join(node, as: "one")
                let session = registered.session
                let stream = connection.serverStream(
                    WorkerService.assignments,
                    try WireCodec.encode(AssignmentsRequest(session: session)))
                var messages = stream.makeAsyncIterator()
                let first = try WireCodec.decodeAssignmentUpdate(
                    try #require(try await messages.next()))
                #expect(first == .complete(revision: 1, [], more: false))

                let definition = RegisterTaskDefinition(
                    region: "us-east-1", family: "job",
                    containers: [.init(name: "main", image: "busybox", memory: 16)])
                _ = try await node.submit(.registerTaskDefinition(definition))
                let request = TaskRequest(
                    cluster: .init(region: "us-east-1"),
                    taskDefinition: .init(region: "us-east-1", family: "job"))
                let (outcome, _) = try await node.submit(.runTask(RunTask(request: request)))
                guard case .tasks(let tasks, let failures) = outcome else {
                    Issue.record("not tasks: \(outcome)")
                    return
                }
                #expect(failures.isEmpty)
                let next = try WireCodec.decodeAssignmentUpdate(
                    try #require(try await messages.next()))
                guard case .changes(1, 2, let changes) = next, case .put(let put) = changes.first
                else {
                    Issue.record("not the change: \(next)")
                    return
                }
                #expect(put.spec.id == tasks.first?.id)
                stream.cancel()
                await connection.close()
            }
        }
    }

    @Test("Contract 7: who beats but does not listen is told to register again, then is lost")
    func deafWorker() async throws {
        try await withFolder { folder in
            try await withManager(folder: folder) { node in
                let (connection, registered) = try await join(node, as: "deaf")
                let session = registered.session
                let beat = try WireCodec.encode(
                    Heartbeat(session: session, sequence: 1, acknowledged: 0))
                for _ in 0..<10 {
                    _ = try await connection.unary(
                        WorkerService.heartbeat, beat, timeout: .seconds(5))
                }
                let error = await #expect(throws: RPCError.self) {
                    _ = try await connection.unary(
                        WorkerService.heartbeat, beat, timeout: .seconds(5))
                }
                #expect(error?.code == .failedPrecondition)
                await connection.close()
            }
        }
    }

    @Test("A stream that is never acknowledged is ended, so that it is opened anew")
    func unacknowledged() async throws {
        try await withFolder { folder in
            try await withManager(folder: folder) { node in
                let (connection, registered) = try await join(node, as: "slow")
                let session = registered.session
                let stream = connection.serverStream(
                    WorkerService.assignments,
                    try WireCodec.encode(AssignmentsRequest(session: session)))
                var messages = stream.makeAsyncIterator()
                _ = try await messages.next()
                let beat = try WireCodec.encode(
                    Heartbeat(session: session, sequence: 1, acknowledged: 0))
                for _ in 0..<11 {
                    _ = try await connection.unary(
                        WorkerService.heartbeat, beat, timeout: .seconds(5))
                }
                let error = await #expect(throws: RPCError.self) {
                    _ = try await messages.next()
                }
                #expect(error?.code == .aborted)
                await connection.close()
            }
        }
    }
}
