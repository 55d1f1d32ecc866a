import Foundation

/// An event as a person reads it: a line.
struct EventText: Decodable {
    private var detailType: String
    private var time: String
    private var resources: [String]
    private var detail: Detail

    private struct Detail: Decodable {
        var updatedAt: String?
        var createdAt: String?
        // Of a task.
        var group: String?
        var taskDefinitionArn: String?
        var lastStatus: String?
        var desiredStatus: String?
        var healthStatus: String?
        var stoppedReason: String?
        // Of an instance.
        var ec2InstanceId: String?
        var status: String?
        var agentConnected: Bool?
        // Of a service.
        var eventName: String?
        var deploymentId: String?
        var reason: String?
    }

    private enum CodingKeys: String, CodingKey {
        case time, resources, detail
        case detailType = "detail-type"
    }

    /// `nil` when it is no event.
    init?(json: String) {
        guard let event = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else {
            return nil
        }
        self = event
    }

    var line: String {
        // An action has no time of change but its own.
        let moment = detail.updatedAt ?? (detail.eventName == nil ? nil : detail.createdAt)
        return ([moment ?? time, kind.padding(toLength: 10, withPad: " ", startingAt: 0)] + what)
            .joined(separator: "  ")
    }

    private var kind: String {
        switch detailType {
        case "ECS Task State Change": "task"
        case "ECS Container Instance State Change": "instance"
        case "ECS Service Action": "service"
        case "ECS Deployment State Change": "deployment"
        default: detailType
        }
    }

    private var what: [String] {
        let id = Self.last(resources.first)
        switch kind {
        case "task":
            var state = detail.lastStatus ?? ""
            if detail.desiredStatus == "STOPPED", state != "STOPPED" { state += ", to stop" }
            if let health = detail.healthStatus, health != "UNKNOWN" { state += ", \(health)" }
            if let reason = detail.stoppedReason { state += ": \(reason)" }
            return [
                String(id.prefix(8)), Self.last(detail.taskDefinitionArn), detail.group ?? "",
                state,
            ]
        case "instance":
            let isSilent = detail.agentConnected == false
            return [
                detail.ec2InstanceId ?? id, (detail.status ?? "") + (isSilent ? ", SILENT" : ""),
            ]
        default:
            let parts = [detail.eventName, detail.deploymentId].compactMap(\.self)
            return [id, parts.joined(separator: " ") + (detail.reason.map { ": \($0)" } ?? "")]
        }
    }

    private static func last(_ arn: String?) -> String {
        arn?.split(separator: "/").last.map(String.init) ?? ""
    }
}
