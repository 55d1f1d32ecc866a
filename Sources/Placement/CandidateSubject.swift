import Model
import QueryLanguage

/// A candidate as a `memberOf` expression sees it.
struct CandidateSubject: QuerySubject {
    let candidate: Candidate

    var agentConnected: Bool { candidate.connected }
    var agentVersion: String { candidate.instance.agentVersion }
    var ec2InstanceID: String { candidate.instance.name }
    var registeredAt: Int64 { candidate.instance.registeredAt.seconds }
    var runningTasksCount: Int { candidate.tasks }

    func attribute(_ name: String) -> String? {
        candidate.instance.attributes.first { $0.name == name }.map { $0.value ?? "" }
    }

    func hasTask(ofGroup group: String) -> Bool { candidate.groups.contains(group) }

    func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool {
        candidate.groups.contains(where: wanted)
    }
}
