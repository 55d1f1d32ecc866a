import ClusterState
import Model

/// One call of an operation: who asks, where, and what answers. Each operation is a method of its
/// own file: it decodes, checks what depends on the request alone, and turns the rest into a
/// ``Command`` or reads a snapshot.
struct Call: Sendable {
    let operation: OperationName
    let region: String
    let account: String
    let controlPlane: any ControlPlane
    /// Whether AWS's own limits hold where Muster's are wider.
    let isStrict: Bool
    let arns: ARNs

    init(
        operation: OperationName, region: String, account: String,
        controlPlane: any ControlPlane, isStrict: Bool = false
    ) {
        self.operation = operation
        self.region = region
        self.account = account
        self.controlPlane = controlPlane
        self.isStrict = isStrict
        arns = ARNs(account: account, region: region)
    }

    /// The newest snapshot.
    func snapshot() -> ClusterState { controlPlane.snapshot() }

    /// What workers told of themselves and their containers.
    func usage() -> UsageReading { controlPlane.usage() }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        try await controlPlane.submit(command)
    }

    /// Decodes and checks the request, performs the operation and encodes the answer.
    func answer<Input: JSONReadable & Checked, Output: JSONWritable>(
        _ body: [UInt8], _ perform: (Input) async throws(APIError) -> Output
    ) async throws(APIError) -> [UInt8] {
        let input: Input
        do {
            input = try Coding.decode(Input.self, from: body)
        } catch {
            switch error {
            case .malformed(let sentence): throw APIError(.serialization, sentence)
            case .violation(let violation): throw refusal(of: violation)
            }
        }
        var checker = Checker()
        input.check(&checker)
        if let violation = checker.violation { throw refusal(of: violation) }
        return Coding.encode(try await perform(input))
    }

    /// ECS has words of its own for the members that people forget most; for the others the front
    /// end's words stand.
    private func refusal(of violation: Violation) -> APIError {
        if violation.isMissing, let text = Self.missing["\(operation.rawValue).\(violation.path)"] {
            return text
        }
        return APIError(
            operation == .registerTaskDefinition ? .client : .invalidParameter, violation.message)
    }

    private static let missing: [String: APIError] = [
        "CreateService.serviceName": APIError(.invalidParameter, "Service name cannot be empty."),
        "DeleteCluster.cluster": APIError(.invalidParameter, "Cluster cannot be empty."),
        "DescribeContainerInstances.containerInstances": APIError(
            .invalidParameter, "Container Instances cannot be empty."),
        "DescribeServices.services": APIError(.invalidParameter, "Services cannot be empty."),
        "DescribeTasks.tasks": APIError(.invalidParameter, "Tasks cannot be empty."),
        "RegisterTaskDefinition.containerDefinitions": APIError(
            .client, "Container list cannot be empty."),
        "RegisterTaskDefinition.family": APIError(.client, "Family should not be null or empty."),
        "RunTask.taskDefinition": APIError(.invalidParameter, "TaskDefinition cannot be empty."),
        "StartTask.containerInstances": APIError(
            .invalidParameter, "Container Instances cannot be empty."),
        "StartTask.taskDefinition": APIError(.invalidParameter, "TaskDefinition cannot be empty."),
        "StopTask.task": APIError(.invalidParameter, "Task cannot be empty."),
    ]

    func invalid(_ message: String) -> APIError { APIError(.invalidParameter, message) }
    func unsupported(_ message: String) -> APIError { APIError(.unsupportedFeature, message) }
}
