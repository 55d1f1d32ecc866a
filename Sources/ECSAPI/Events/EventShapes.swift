import Model

/// EventBridge's envelope.
struct Envelope: JSONWritable {
    var id: String
    var kind: ECSEvent.Kind
    var account: String
    var time: String
    var region: String
    var resources: [String]
    var detail: any JSONWritable

    var bytes: [UInt8] {
        var writer = JSONWriter(timesAsText: true)
        write(to: &writer)
        return writer.bytes
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("account", account)
            json.member("detail", detail)
            json.member("detail-type", kind.rawValue)
            json.member("id", id)
            json.member("region", region)
            json.member("resources", resources)
            json.member("source", "aws.ecs")
            json.member("time", time)
            json.member("version", "0")
        }
    }
}

/// What Describe shows of an object, and when it came to be so.
struct Updated<Object: JSONWritable>: JSONWritable {
    var object: Object
    /// Where Describe does not show it.
    var cluster: String?
    var time: WallTime

    func write(to json: inout JSONWriter) {
        json.object(object) { json in
            json.member("clusterArn", cluster)
            json.member("updatedAt", Timestamp(time))
        }
    }
}

struct DeploymentDetail: JSONWritable {
    var eventType: ServiceAction.Level
    var eventName: String
    var deploymentId: String
    var updatedAt: WallTime
    var reason: String

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("deploymentId", deploymentId)
            json.member("eventName", eventName)
            json.member("eventType", eventType.rawValue)
            json.member("reason", reason)
            json.member("updatedAt", Timestamp(updatedAt))
        }
    }
}

struct ActionDetail: JSONWritable {
    var eventType: ServiceAction.Level
    var eventName: String
    var clusterArn: String
    var capacityProviderArns: [String]?
    var reason: String?
    var createdAt: WallTime

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("capacityProviderArns", capacityProviderArns)
            json.member("clusterArn", clusterArn)
            json.member("createdAt", Timestamp(createdAt))
            json.member("eventName", eventName)
            json.member("eventType", eventType.rawValue)
            json.member("reason", reason)
        }
    }
}
