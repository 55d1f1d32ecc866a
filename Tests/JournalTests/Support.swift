import ClusterState
import Foundation
import HashTreeCollections
import Journal
import Logging
import Model
import Testing

/// A folder of a test's own, gone when the test is over.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "muster-journal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var data: String { path + "/data" }
    var file: String { data + "/journal.db" }

    func open(limits: Journal.Limits = .init()) throws -> (Journal, Journal.Recovered) {
        try Journal.open(folder: data, limits: limits, logger: .quiet)
    }

    /// The files of the data folder as a power loss would leave them: no lock, nothing closed.
    func copyData() throws -> Scratch {
        let copy = try Scratch()
        try FileManager.default.createDirectory(
            atPath: copy.data, withIntermediateDirectories: true)
        for name in ["journal.db", "journal.db-wal"] {
            guard FileManager.default.fileExists(atPath: data + "/" + name) else { continue }
            try FileManager.default.copyItem(
                atPath: data + "/" + name, toPath: copy.data + "/" + name)
        }
        return copy
    }

    /// Everything in the data folder but the lock and SQLite's shared memory.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: data)
        where name != "lock" && !name.hasSuffix("-shm") {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: data + "/" + name))
            if !bytes.isEmpty { contents[name] = bytes }
        }
        return contents
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension Journal {
    /// Appends and waits until the records are on disk.
    func write(_ records: [ChangeRecord]) async throws {
        try await withCheckedContinuation { continuation in
            append(records) { continuation.resume(returning: $0) }
        }.get()
    }
}

/// A state as what its readers can see, so that two can be compared whatever way led to them.
struct Picture: Equatable {
    var revision: UInt64
    var clusters: TreeDictionary<ClusterID, Cluster>
    var definitions: SharedTable<TaskDefinitionKey, TaskDefinition>
    var instances: TreeDictionary<InstanceID, ContainerInstance>
    var services: TreeDictionary<ServiceID, Service>
    var serviceDeployments: TreeDictionary<ServiceDeploymentID, ServiceDeployment>
    var serviceRevisions: TreeDictionary<DeploymentID, ServiceRevision>
    var tasks: TreeDictionary<TaskID, ECSTask>
    var joinTokens: TreeDictionary<JoinTokenID, JoinToken>
    var workers: TreeDictionary<WorkerID, WorkerIdentity>
    var accountSettings: TreeDictionary<AccountSetting.Key, AccountSetting>
    var accessKeys: TreeDictionary<AccessKeyID, AccessKey>
    var byKey: [WorkerID: WorkerID] = [:]
    var workerCounts: [ClusterID: Int] = [:]
    var events: [ServiceID: [ServiceEvent]] = [:]
    var usedPorts: [InstanceID: [Int]] = [:]
    var usedMemory: [InstanceID: Int] = [:]
    var byName: [String: ClusterID] = [:]
    var byToken: [String: [TaskID]] = [:]
    var families: [String]

    init(_ state: ClusterState) {
        revision = state.revision
        clusters = state.clusters
        definitions = state.definitions
        instances = state.instances
        services = state.services
        serviceDeployments = state.serviceDeployments
        serviceRevisions = state.serviceRevisions
        tasks = state.tasks
        joinTokens = state.joinTokens
        workers = state.workers
        accountSettings = state.accountSettings
        accessKeys = state.accessKeys
        for worker in state.workers.values {
            byKey[worker.id] = state.worker(withKey: worker.key, in: worker.cluster)?.id
            workerCounts[worker.cluster] = state.workerCount(of: worker.cluster)
        }
        families = state.families(region: "r")
        for id in state.services.keys { events[id] = state.events(of: id) }
        for id in state.instances.keys {
            usedPorts[id] = state.usage(of: id).tcpPorts.sorted()
            usedMemory[id] = state.usage(of: id).memory
        }
        for cluster in state.clusters.values {
            let found = state.cluster(ClusterReference(region: "r", name: cluster.name))
            byName[cluster.name] = found?.id
            for token in ["a", "b"] {
                byToken["\(cluster.id) \(token)"] = state.tasks(token: token, in: cluster.id)
                    .map(\.id)
            }
        }
    }
}
