import HashTreeCollections
import Model
import QueryLanguage

/// A candidate as a `memberOf` expression sees it, for a task of a group.
struct CandidateSubject: QuerySubject {
    let candidate: Candidate
    let group: String

    var agentConnected: Bool { candidate.connected }
    var agentVersion: String { candidate.instance.agentVersion }
    var ec2InstanceID: String { candidate.instance.name }
    var registeredAt: Int64 { candidate.instance.registeredAt.seconds }
    var runningTasksCount: Int { candidate.tasks }

    func attribute(_ name: String) -> String? { candidate.value(of: name) }

    func hasTask(ofGroup group: String) -> Bool {
        group == self.group ? candidate.tasksOfGroup > 0 : candidate.groups[group] != nil
    }

    func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool {
        candidate.tasksOfGroup > 0 && wanted(group)
            || candidate.groups.keys.contains { $0 != group && wanted($0) }
    }
}
