import ClusterState
import Model

extension Call {
    /// What the worker told of itself. ECS knows of no check of the disk: a worker without room can
    /// run nothing new, so that it is its runtime that is shown as impaired.
    func health(
        of instance: Model.ContainerInstance, _ reading: UsageReading
    ) -> ECS.ContainerInstanceHealthStatus {
        guard let told = reading.health(of: instance) else {
            let status: ECS.InstanceHealthCheckState =
                instance.agentConnected ? .initializing : .insufficientData
            return ECS.ContainerInstanceHealthStatus(
                overallStatus: status,
                details: [
                    ECS.InstanceHealthCheckResult(type: .containerRuntime, status: status)
                ])
        }
        let status: ECS.InstanceHealthCheckState = told.isWell ? .ok : .impaired
        return ECS.ContainerInstanceHealthStatus(
            overallStatus: status,
            details: [
                ECS.InstanceHealthCheckResult(
                    type: .containerRuntime, status: status, statusReason: told.faults,
                    lastUpdated: Timestamp(told.toldAt),
                    lastStatusChange: Timestamp(told.changedAt))
            ])
    }
}
