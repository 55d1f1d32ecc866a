/// How long the pages of a list are.
struct PageSizes: Hashable, Sendable {
    /// What `maxResults` may be at most.
    var maximum: Int
    /// Without `maxResults`.
    var standard: Int

    /// What AWS's API Reference says of each operation.
    static func ofAWS(_ operation: OperationName) -> PageSizes {
        switch operation {
        case .describeCapacityProviders, .listAccountSettings: .init(maximum: 10, standard: 10)
        case .listServices, .listServicesByNamespace: .init(maximum: 100, standard: 10)
        case .listDaemonDeployments, .listServiceDeployments: .init(maximum: 100, standard: 20)
        default: .init(maximum: 100, standard: 100)
        }
    }
}
