import QueryLanguage

/// An instance as a test describes it.
struct Toy: QuerySubject, CustomStringConvertible {
    var agentConnected = true
    var agentVersion = "1.20.0"
    var ec2InstanceID = "i-0abc"
    /// 2018-06-18T22:28:28Z.
    var registeredAt: Int64 = 1_529_360_908
    var runningTasksCount = 2
    var attributes: [String: String] = [
        "ecs.availability-zone": "us-east-1a", "ecs.instance-type": "t2.small", "stack": "prod",
        "ssd": "", "rank": "10",
    ]
    var groups: Set<String> = ["service:web", "family:cron"]

    func attribute(_ name: String) -> String? { attributes[name] }
    func hasTask(ofGroup group: String) -> Bool { groups.contains(group) }
    func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool { groups.contains(where: wanted) }

    var description: String {
        "agent \(agentConnected) \(agentVersion), \(ec2InstanceID), since \(registeredAt), "
            + "\(runningTasksCount) tasks of \(groups.sorted()), "
            + "\(attributes.sorted { $0.key < $1.key })"
    }
}
