import ClusterState
import HashTreeCollections
import Model
import QueryLanguage

/// An instance as the filter of ListContainerInstances sees it.
struct InstanceSubject: QuerySubject {
    let instance: Model.ContainerInstance
    let runningTasksCount: Int
    /// Those that have tasks there which are wanted RUNNING.
    let groups: Set<String>

    init(_ instance: Model.ContainerInstance, in state: ClusterState, for query: ClusterQuery) {
        self.instance = instance
        runningTasksCount = state.usage(of: instance.id).running
        let tasks = query.readsGroups ? state.liveTasks(on: instance.id) : []
        groups = Set(tasks.filter { $0.desiredStatus == .running }.map(\.group))
    }

    var agentConnected: Bool { instance.agentConnected }
    var agentVersion: String { instance.agentVersion }
    var ec2InstanceID: String { instance.name }
    var registeredAt: Int64 { instance.registeredAt.seconds }

    func attribute(_ name: String) -> String? {
        instance.attributes.first { $0.name == name }.map { $0.value ?? "" }
    }

    func hasTask(ofGroup group: String) -> Bool { groups.contains(group) }

    func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool { groups.contains(where: wanted) }
}
