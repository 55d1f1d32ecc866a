import ClusterState
import HashTreeCollections
import Model

extension ClusterState {
    /// One cluster alone, with what its future depends on: no tasks that have stopped, nobody's
    /// tokens, no story of the past.
    func excerpt(of cluster: ClusterID) -> ClusterState {
        var excerpt = ClusterState()
        func put(_ change: Change) {
            excerpt.apply(
                ChangeRecord(
                    revision: revision, time: WallTime(milliseconds: 0), cause: "", change: change))
        }
        if let cluster = clusters[cluster] { put(.cluster(cluster)) }
        for provider in capacityProviders.values { put(.capacityProvider(provider)) }
        for definition in definitions.values { put(.taskDefinition(definition)) }
        for service in services(of: cluster) {
            put(.service(service))
            for deployment in serviceDeployments(of: service.id) {
                put(.serviceDeployment(deployment))
            }
            for revision in serviceRevisions(of: service.id) { put(.serviceRevision(revision)) }
        }
        for instance in instances(of: cluster) {
            put(.instance(instance))
            for task in liveTasks(on: instance.id) { put(.task(task)) }
        }
        return excerpt
    }
}
