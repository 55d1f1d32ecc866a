import ClusterState
import ManagerCore
import Model
import WorkerCore

/// A number made of everything that the cores wrote, answered and sent, in order: the same seed
/// gives the same one, whatever the hash seed and however it was built.
struct Digest {
    /// FNV-1a over words.
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01b3
        value ^= value >> 29
    }

    private mutating func mix<Kind>(_ id: Identifier<Kind>) {
        mix(id.high)
        mix(id.low)
    }

    private mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
    }

    private mutating func mix(_ number: Int) {
        mix(UInt64(bitPattern: Int64(number)))
    }

    // MARK: The manager

    mutating func mix(_ records: [ChangeRecord]) {
        for record in records {
            mix(record.revision)
            mix(UInt64(bitPattern: record.time.milliseconds))
            mix(record.cause)
            mix(record.change)
        }
    }

    private mutating func mix(_ change: Change) {
        switch change {
        case .cluster(let cluster): mix(cluster.id)
        case .taskDefinition(let definition): mix(definition.key.revision)
        case .instance(let instance):
            mix(instance.id)
            mix(instance.epoch)
            mix(instance.agentConnected ? 1 : 0)
            mix(instance.status.rawValue)
        case .service(let service):
            mix(service.id)
            mix(service.desiredCount)
            for deployment in service.deployments {
                mix(deployment.id.number)
                mix(deployment.failedTasks)
                mix(deployment.rolloutState.rawValue)
            }
        case .serviceEvent(let event):
            mix(event.id)
            mix(event.message)
        case .serviceDeployment(let deployment):
            mix(deployment.id)
            mix(deployment.status.rawValue)
        case .serviceRevision(let revision): mix(revision.id.number)
        case .task(let task):
            mix(task.id)
            mix(task.instance)
            mix(task.lastStatus.rawValue)
            mix(task.desiredStatus.rawValue)
            mix(task.version)
        case .joinToken(let token): mix(token.id)
        case .worker(let worker): mix(worker.id)
        case .capacityProvider(let provider): mix(provider.reference.name)
        case .accountSetting(let setting): mix(setting.key.name)
        case .accessKey(let key): mix(key.id.description)
        case .logGroup(let group): mix(group.reference.name)
        case .removeCluster(let id): mix(id)
        case .removeTaskDefinition(let key): mix("\(key)")
        case .removeInstance(let id): mix(id)
        case .removeService(let id): mix(id)
        case .removeServiceDeployment(let id): mix(id)
        case .removeServiceRevision(let id): mix(id.number)
        case .removeTask(let id): mix(id)
        case .removeJoinToken(let id): mix(id)
        case .removeWorker(let id): mix(id)
        case .removeCapacityProvider(let reference): mix(reference.name)
        case .removeAccountSetting(let key): mix(key.name)
        case .removeAccessKey(let id): mix(id.description)
        case .removeLogGroup(let reference): mix(reference.name)
        }
    }

    mutating func mix(_ effects: EffectBuffer) {
        for reply in effects.replies {
            mix(reply.call.number)
            if case .failure(let error) = reply.result { mix(error.message) }
        }
        for reply in effects.workerReplies {
            mix(reply.call.number)
            if case .failure(let refusal) = reply.result { mix(refusal.message) }
        }
        for send in effects.sends {
            mix(send.session)
            mix(send.update)
        }
        mix(effects.leases.count)
        mix(effects.notices.count)
    }

    private mutating func mix(_ update: AssignmentUpdate) {
        switch update {
        case .complete(let revision, let assignments, let more):
            mix(revision)
            mix(more ? 1 : 0)
            for assignment in assignments { mix(assignment) }
        case .changes(let base, let revision, let changes):
            mix(base)
            mix(revision)
            for change in changes {
                switch change {
                case .put(let assignment): mix(assignment)
                case .forget(let id): mix(id)
                }
            }
        case .heartbeat, .redirect, .exec, .logs, .unknown: mix(7)
        }
    }

    private mutating func mix(_ assignment: Assignment) {
        mix(assignment.spec.id)
        mix(assignment.desired == .running ? 1 : 0)
    }

    // MARK: Workers

    mutating func mix(_ effects: [WorkerCore.Effect], worker: Int) {
        guard !effects.isEmpty else { return }
        mix(worker)
        for effect in effects { mix(effect) }
    }

    private mutating func mix(_ effect: WorkerCore.Effect) {
        switch effect {
        case .connect(let link, _), .join(let link, _), .disconnect(let link): mix(link.number)
        case .register(let call, _, let registration):
            mix(call.number)
            for report in registration.inventory { mix(report) }
        case .saveIdentity(let instance): mix(instance)
        case .openAssignments(let call, _, let session):
            mix(call.number)
            mix(session)
        case .heartbeat(let call, _, let heartbeat):
            mix(call.number)
            mix(heartbeat.acknowledged)
        case .report(let call, _, let session, let reports):
            mix(call.number)
            mix(session)
            for report in reports { mix(report) }
        case .renew(let call, _): mix(call.number)
        case .reportUsage(_, let report): mix(report.number)
        case .exec(let request, _, let session):
            mix(request.id)
            mix(session)
        case .logs(let request, _, let session):
            mix(request.id)
            mix(session)
        case .run(let action):
            switch action {
            case .prepare(let spec): mix(spec.id)
            case .start(let task, let container), .stop(let task, let container, _):
                mix(task)
                mix(container)
            case .restart(let task, let container, let number):
                mix(task)
                mix(container)
                mix(number)
            case .check(let task, let container, let number, _):
                mix(task)
                mix(container)
                mix(number)
            case .abandon(let task), .remove(let task): mix(task)
            }
        case .keep(let instant): mix(UInt64(bitPattern: instant.milliseconds))
        case .wake(let instant): mix(UInt64(bitPattern: instant?.milliseconds ?? -1))
        case .diagnose(let diagnostic): mix(diagnostic.message)
        case .finished: mix(11)
        }
    }

    private mutating func mix(_ report: TaskReport) {
        mix(report.task)
        mix(report.status.rawValue)
        for container in report.containers { mix(container.status.rawValue) }
    }
}
