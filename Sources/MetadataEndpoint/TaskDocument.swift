import FoundationEssentials
import Model

/// A task as the task metadata endpoint, version 4, has it for EC2.
struct TaskDocument: Encodable {
    var Cluster: String
    var TaskARN: String
    var Family: String
    var Revision: String
    var ServiceName: String?
    var DesiredStatus: String
    var KnownStatus: String
    var Limits: LimitsMember?
    var PullStartedAt: String?
    var PullStoppedAt: String?
    var ExecutionStoppedAt: String?
    var AvailabilityZone: String
    var LaunchType = "EC2"
    var Containers: [ContainerDocument]
    /// With the tags asked for: tags are the manager's, who tells workers none.
    var TaskTags: [String: String]?
    var Errors: [TagError]?

    struct LimitsMember: Encodable {
        /// Cores.
        var CPU: Double?
        /// MiB.
        var Memory: Int?
    }

    struct TagError: Encodable {
        var ErrorField: String
        var ErrorCode: String
        var ErrorMessage: String
    }

    init(_ task: KnownTask, on host: HostFacts, withTags: Bool = false) {
        let spec = task.spec
        Cluster = spec.cluster
        TaskARN = spec.arn
        Family = spec.family
        Revision = String(spec.revision)
        let service = "service:"
        if spec.group.hasPrefix(service) {
            ServiceName = String(spec.group.dropFirst(service.count))
        }
        DesiredStatus = task.desired.rawValue
        KnownStatus = task.report.status.name
        if spec.cpu != nil || spec.memory != nil {
            Limits = LimitsMember(CPU: spec.cpu.map { Double($0) / 1_024 }, Memory: spec.memory)
        }
        PullStartedAt = task.report.pullStartedAt?.text
        PullStoppedAt = task.report.pullStoppedAt?.text
        ExecutionStoppedAt = task.report.executionStoppedAt?.text
        AvailabilityZone = host.availabilityZone
        Containers = spec.containers.map { ContainerDocument($0, of: task) }
        if withTags {
            Errors = [
                TagError(
                    ErrorField: "TaskTags", ErrorCode: "UnsupportedFeatureException",
                    ErrorMessage:
                        "Tags are not told to workers. Ask the manager, with ListTagsForResource.")
            ]
        }
    }
}

/// A container likewise.
struct ContainerDocument: Encodable {
    var DockerId: String
    var Name: String
    var DockerName: String
    var Image: String
    var ImageID: String
    var Ports: [Port]?
    var Labels: [String: String]
    var DesiredStatus: String
    var KnownStatus: String
    var ExitCode: Int?
    var Limits: LimitsMember
    var CreatedAt: String?
    var StartedAt: String?
    var FinishedAt: String?
    var `Type` = "NORMAL"
    var Health: HealthMember?
    var ContainerARN: String?
    var Networks: [Network]
    var RestartCount: Int?

    struct Port: Encodable {
        var ContainerPort: Int
        var `Protocol`: String
        var HostPort: Int?
        var HostIp: String?
    }

    struct LimitsMember: Encodable {
        /// CPU units.
        var CPU: Int
        /// MiB; 0 means no limit.
        var Memory: Int
    }

    struct HealthMember: Encodable {
        var status: String
    }

    struct Network: Encodable {
        var NetworkMode: String
        var IPv4Addresses: [String]
        var AttachmentIndex: Int?
    }

    init(_ definition: ContainerDefinition, of task: KnownTask) {
        let spec = task.spec
        let report =
            task.report.containers.first { $0.name == definition.name }
            ?? ContainerReport(name: definition.name, status: .pending)
        let index = spec.containers.firstIndex { $0.name == definition.name }
        let id = index.flatMap { $0 < spec.containerIDs.count ? spec.containerIDs[$0] : nil }
        DockerId = report.runtimeID ?? ""
        Name = definition.name
        DockerName =
            "ecs-\(spec.family)-\(spec.revision)-\(definition.name)-\(id?.description ?? "")"
        Image = definition.image
        ImageID = report.imageDigest ?? ""
        let ports = report.networkBindings.map { binding in
            Port(
                ContainerPort: binding.containerPort, Protocol: binding.transport.rawValue,
                HostPort: binding.hostPort, HostIp: binding.bindIP)
        }
        Ports = ports.isEmpty ? nil : ports
        Labels = [
            "com.amazonaws.ecs.cluster": spec.cluster,
            "com.amazonaws.ecs.container-name": definition.name,
            "com.amazonaws.ecs.task-arn": spec.arn,
            "com.amazonaws.ecs.task-definition-family": spec.family,
            "com.amazonaws.ecs.task-definition-version": String(spec.revision),
        ]
        DesiredStatus = task.desired.rawValue
        KnownStatus = report.status.name
        ExitCode = report.exitCode
        Limits = LimitsMember(CPU: definition.cpu, Memory: definition.memory ?? 0)
        let times = task.times[definition.name]
        CreatedAt = (times?.startedAt ?? task.report.pullStoppedAt)?.text
        StartedAt = times?.startedAt?.text
        FinishedAt = times?.finishedAt?.text
        if definition.healthCheck != nil { Health = HealthMember(status: report.health.rawValue) }
        ContainerARN = id.flatMap { Self.arn(of: $0, in: spec) }
        let mode = spec.networkMode ?? .bridge
        Networks = [
            Network(
                NetworkMode: mode.rawValue, IPv4Addresses: report.address.map { [$0] } ?? [],
                AttachmentIndex: mode == .awsvpc ? 0 : nil)
        ]
        RestartCount = definition.restartPolicy == nil ? nil : report.restarts ?? 0
    }

    /// Beside its task's: the same but for what it is of, and its own id behind.
    private static func arn(of id: ContainerID, in spec: TaskSpec) -> String? {
        let parts = spec.arn.split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasSuffix(":task") else { return nil }
        return "\(parts[0].dropLast(4))container/\(parts[1])/\(id.dashed)"
    }
}

extension WallTime {
    /// As RFC 3339 has it, in UTC.
    var text: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
