/// An error of the ECS API: its `__type` and a message that says what to change.
public struct APIError: Error, Hashable, Sendable {
    /// The error shapes of the service model that Muster uses, and the unmodelled ones that AWS's
    /// front end gives.
    public enum Code: String, Sendable, CaseIterable {
        case attributeLimitExceeded = "AttributeLimitExceededException"
        case client = "ClientException"
        case clusterContainsContainerInstances = "ClusterContainsContainerInstancesException"
        case clusterContainsServices = "ClusterContainsServicesException"
        case clusterContainsTasks = "ClusterContainsTasksException"
        case clusterNotFound = "ClusterNotFoundException"
        case conflict = "ConflictException"
        case daemonNotActive = "DaemonNotActiveException"
        case daemonNotFound = "DaemonNotFoundException"
        case invalidParameter = "InvalidParameterException"
        case limitExceeded = "LimitExceededException"
        case namespaceNotFound = "NamespaceNotFoundException"
        case noUpdateAvailable = "NoUpdateAvailableException"
        case resourceAlreadyExists = "ResourceAlreadyExistsException"
        case resourceInUse = "ResourceInUseException"
        case resourceNotFound = "ResourceNotFoundException"
        case serialization = "SerializationException"
        case server = "ServerException"
        case serviceDeploymentNotFound = "ServiceDeploymentNotFoundException"
        case serviceNotActive = "ServiceNotActiveException"
        case serviceUnavailable = "ServiceUnavailableException"
        case serviceNotFound = "ServiceNotFoundException"
        case taskSetNotFound = "TaskSetNotFoundException"
        case targetNotConnected = "TargetNotConnectedException"
        case targetNotFound = "TargetNotFoundException"
        case throttling = "ThrottlingException"
        case tooManyTags = "TooManyTagsException"
        case unknownOperation = "UnknownOperationException"
        case unsupportedFeature = "UnsupportedFeatureException"
    }

    public var code: Code
    public var message: String
    /// The objects that a ``Code/conflict`` is with.
    public var resourceIDs: [String]

    public init(_ code: Code, _ message: String, resourceIDs: [String] = []) {
        self.code = code
        self.message = message
        self.resourceIDs = resourceIDs
    }
}
