import ClusterState
import Foundation
import Model

/// The kinds of object that the journal tells apart; the raw value is what is on disk.
enum ObjectKind: String {
    case cluster, taskDefinition, instance, service, serviceEvent, serviceDeployment
    case serviceRevision, task, joinToken, worker, capacityProvider, accountSetting
    case accessKey, logGroup
}

/// Where a change record's object is kept.
struct ObjectKey: Hashable {
    var kind: ObjectKind
    var key: String
}

extension ChangeRecord {
    /// The object that the record puts or removes. An event is an object of its own, filed under
    /// its service in the order of revisions.
    var object: ObjectKey {
        switch change {
        case .cluster(let cluster): ObjectKey(kind: .cluster, key: "\(cluster.id)")
        case .taskDefinition(let definition): definition.key.object
        case .instance(let instance): ObjectKey(kind: .instance, key: "\(instance.id)")
        case .service(let service): ObjectKey(kind: .service, key: "\(service.id)")
        case .serviceEvent(let event):
            ObjectKey(kind: .serviceEvent, key: "\(event.service)/\(padded(revision))")
        case .serviceDeployment(let deployment):
            ObjectKey(kind: .serviceDeployment, key: "\(deployment.id)")
        case .serviceRevision(let revision):
            ObjectKey(kind: .serviceRevision, key: "\(revision.id.number)")
        case .task(let task): ObjectKey(kind: .task, key: "\(task.id)")
        case .joinToken(let token): ObjectKey(kind: .joinToken, key: "\(token.id)")
        case .worker(let worker): ObjectKey(kind: .worker, key: "\(worker.id)")
        case .capacityProvider(let provider): provider.reference.object
        case .accountSetting(let setting): setting.key.object
        case .accessKey(let key): ObjectKey(kind: .accessKey, key: "\(key.id)")
        case .logGroup(let group): group.reference.object
        case .removeCluster(let id): ObjectKey(kind: .cluster, key: "\(id)")
        case .removeTaskDefinition(let key): key.object
        case .removeInstance(let id): ObjectKey(kind: .instance, key: "\(id)")
        case .removeService(let id): ObjectKey(kind: .service, key: "\(id)")
        case .removeServiceDeployment(let id):
            ObjectKey(kind: .serviceDeployment, key: "\(id)")
        case .removeServiceRevision(let id):
            ObjectKey(kind: .serviceRevision, key: "\(id.number)")
        case .removeTask(let id): ObjectKey(kind: .task, key: "\(id)")
        case .removeJoinToken(let id): ObjectKey(kind: .joinToken, key: "\(id)")
        case .removeWorker(let id): ObjectKey(kind: .worker, key: "\(id)")
        case .removeCapacityProvider(let reference): reference.object
        case .removeAccountSetting(let key): key.object
        case .removeAccessKey(let id): ObjectKey(kind: .accessKey, key: "\(id)")
        case .removeLogGroup(let reference): reference.object
        }
    }
}

extension TaskDefinitionKey {
    fileprivate var object: ObjectKey {
        ObjectKey(kind: .taskDefinition, key: "\(region)/\(self)")
    }

    /// From such an object's key.
    fileprivate init?(object key: String) {
        guard let slash = key.firstIndex(of: "/"), let colon = key.lastIndex(of: ":"),
            slash < colon, let revision = Int(key[key.index(after: colon)...])
        else { return nil }
        self.init(
            region: String(key[..<slash]), family: String(key[key.index(after: slash)..<colon]),
            revision: revision)
    }
}

extension CapacityProviderReference {
    fileprivate var object: ObjectKey {
        ObjectKey(kind: .capacityProvider, key: "\(region)/\(name)")
    }
}

extension LogGroupReference {
    /// The name, which may have slashes, comes last.
    fileprivate var object: ObjectKey { ObjectKey(kind: .logGroup, key: "\(region)/\(name)") }
}

extension AccountSetting.Key {
    /// The principal, an ARN that may have slashes, comes last.
    fileprivate var object: ObjectKey {
        ObjectKey(kind: .accountSetting, key: "\(region)/\(name)/\(principal)")
    }
}

/// Twenty digits, so that the order of texts is that of numbers.
private func padded(_ revision: UInt64) -> String {
    let digits = String(revision)
    return String(repeating: "0", count: 20 - digits.count) + digits
}

extension Change {
    /// The object's new value as JSON; `nil` for a removal.
    func value(as text: JSONText) throws -> String? {
        switch self {
        case .cluster(let cluster): try text.encode(cluster)
        case .taskDefinition(let definition): try text.encode(definition: definition)
        case .instance(let instance): try text.encode(instance)
        case .service(let service): try text.encode(service)
        case .serviceEvent(let event): try text.encode(event)
        case .serviceDeployment(let deployment): try text.encode(deployment)
        case .serviceRevision(let revision): try text.encode(revision)
        case .task(let task): try text.encode(task: task)
        case .joinToken(let token): try text.encode(token)
        case .worker(let worker): try text.encode(worker)
        case .capacityProvider(let provider): try text.encode(provider)
        case .accountSetting(let setting): try text.encode(setting)
        case .accessKey(let key): try text.encode(key)
        case .logGroup(let group): try text.encode(group)
        case .removeCluster, .removeInstance, .removeService, .removeServiceDeployment,
            .removeServiceRevision, .removeTask, .removeJoinToken, .removeWorker,
            .removeCapacityProvider, .removeAccountSetting, .removeTaskDefinition,
            .removeAccessKey, .removeLogGroup:
            nil
        }
    }

    /// The change that puts a stored object.
    init(_ kind: ObjectKind, value: Data, _ decoder: JSONDecoder) throws {
        switch kind {
        case .cluster: self = .cluster(try decoder.decode(Cluster.self, from: value))
        case .taskDefinition:
            self = .taskDefinition(try decoder.decode(TaskDefinition.self, from: value))
        case .instance: self = .instance(try decoder.decode(ContainerInstance.self, from: value))
        case .service: self = .service(try decoder.decode(Service.self, from: value))
        case .serviceEvent:
            self = .serviceEvent(try decoder.decode(ServiceEvent.self, from: value))
        case .serviceDeployment:
            self = .serviceDeployment(try decoder.decode(ServiceDeployment.self, from: value))
        case .serviceRevision:
            self = .serviceRevision(try decoder.decode(ServiceRevision.self, from: value))
        case .task: self = .task(try decoder.decode(ECSTask.self, from: value))
        case .joinToken: self = .joinToken(try decoder.decode(JoinToken.self, from: value))
        case .worker: self = .worker(try decoder.decode(WorkerIdentity.self, from: value))
        case .capacityProvider:
            self = .capacityProvider(try decoder.decode(CapacityProvider.self, from: value))
        case .accountSetting:
            self = .accountSetting(try decoder.decode(AccountSetting.self, from: value))
        case .accessKey: self = .accessKey(try decoder.decode(AccessKey.self, from: value))
        case .logGroup: self = .logGroup(try decoder.decode(LogGroup.self, from: value))
        }
    }

    /// The change that removes an object of that kind, if there is one.
    init?(removing object: ObjectKey) {
        switch object.kind {
        case .cluster: self.init(object.key, Change.removeCluster)
        case .instance: self.init(object.key, Change.removeInstance)
        case .service: self.init(object.key, Change.removeService)
        case .serviceDeployment: self.init(object.key, Change.removeServiceDeployment)
        case .serviceRevision:
            guard let number = UInt64(object.key) else { return nil }
            self = .removeServiceRevision(DeploymentID(number: number))
        case .task: self.init(object.key, Change.removeTask)
        case .joinToken: self.init(object.key, Change.removeJoinToken)
        case .worker: self.init(object.key, Change.removeWorker)
        case .capacityProvider:
            let parts = object.key.split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            self = .removeCapacityProvider(
                CapacityProviderReference(region: String(parts[0]), name: String(parts[1])))
        case .accountSetting:
            let parts = object.key.split(separator: "/", maxSplits: 2)
            guard parts.count == 3 else { return nil }
            self = .removeAccountSetting(
                AccountSetting.Key(
                    region: String(parts[0]), principal: String(parts[2]), name: String(parts[1])))
        case .taskDefinition:
            guard let key = TaskDefinitionKey(object: object.key) else { return nil }
            self = .removeTaskDefinition(key)
        case .accessKey:
            guard let id = AccessKeyID(object.key) else { return nil }
            self = .removeAccessKey(id)
        case .logGroup:
            let parts = object.key.split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            self = .removeLogGroup(
                LogGroupReference(region: String(parts[0]), name: String(parts[1])))
        case .serviceEvent: return nil
        }
    }

    private init?<Kind>(_ key: String, _ make: (Identifier<Kind>) -> Change) {
        guard let id = Identifier<Kind>(key) else { return nil }
        self = make(id)
    }
}

/// A 64-bit FNV-1a hash: finds rows that a failing disk or a stray hand altered, below SQLite's own
/// checks. It is no defence against one who means to deceive.
struct Checksum {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    /// In the form that SQLite keeps.
    var value: Int64 { Int64(bitPattern: hash) }

    mutating func add(_ text: String) {
        var hash = hash
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        // An end mark that UTF-8 never has, so that "ab","c" and "a","bc" differ.
        self.hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
    }

    mutating func add(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            let byte = UInt64(truncatingIfNeeded: number >> Int64(shift)) & 0xFF
            hash = (hash ^ byte) &* 0x0000_0100_0000_01B3
        }
    }

    /// Of a row of the table `change`; it goes with the value to the table `object`. A removal has
    /// no value.
    static func change(_ object: ObjectKey, revision: Int64, value: String?) -> Int64 {
        var sum = Checksum()
        sum.add(object.kind.rawValue)
        sum.add(object.key)
        sum.add(revision)
        if let value { sum.add(value) }
        return sum.value
    }
}
