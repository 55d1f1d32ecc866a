import ClusterState
import Model
import QueryLanguage

/// An instance as the filter of ListContainerInstances sees it.
struct InstanceSubject: QuerySubject {
    let instance: Model.ContainerInstance
    let state: ClusterState

    var agentConnected: Bool { instance.agentConnected }
    var agentVersion: String { instance.agentVersion }
    var ec2InstanceID: String { instance.name }
    var registeredAt: Int64 { instance.registeredAt.seconds }
    var runningTasksCount: Int { state.usage(of: instance.id).running }

    func attribute(_ name: String) -> String? {
        instance.attributes.first { $0.name == name }.map { $0.value ?? "" }
    }

    func hasTask(ofGroup group: String) -> Bool { hasTask { $0 == group } }

    func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool {
        state.liveTasks(on: instance.id).contains {
            $0.desiredStatus == .running && wanted($0.group)
        }
    }
}
