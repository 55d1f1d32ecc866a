import Model

/// What requests say of capacity providers and strategies.
extension Call {
    static let noSuchProvider =
        "The specified capacity provider does not exist. Specify a valid name or ARN and try again."

    /// A name that a new provider may have.
    func newProviderName(_ name: String) throws(APIError) -> String {
        let lowercased = name.lowercased()
        let isReserved = ["aws", "ecs", "fargate"].contains { lowercased.hasPrefix($0) }
        guard isName(name), !isReserved else {
            throw APIError(
                .client,
                "The specified capacity provider name is invalid. Up to 255 characters are "
                    + "allowed, including letters (upper and lowercase), numbers, underscores, and "
                    + "hyphens. The name can't be prefixed with \"aws\", \"ecs\", or \"fargate\". "
                    + "Specify a valid name and try again.")
        }
        return name
    }

    /// A provider that is to be changed; Fargate's are not ours.
    func knownProvider(_ text: String) throws(APIError) -> CapacityProviderReference {
        let reference = try providerReference(text)
        try checkNotFargate(reference.name)
        return reference
    }

    private func checkNotFargate(_ name: String) throws(APIError) {
        guard name != "FARGATE", name != "FARGATE_SPOT" else {
            throw unsupported(
                "Muster runs tasks on its workers: there is no capacity provider \(name). Create "
                    + "one over a group of workers.")
        }
    }

    /// The names of a cluster's providers, each once.
    func providerNames(_ texts: [String]?) throws(APIError) -> [String] {
        var names: [String] = []
        for text in texts ?? [] {
            let name = try knownProvider(text).name
            guard !names.contains(name) else {
                throw invalid("The capacity provider \(shown(name)) is specified twice.")
            }
            names.append(name)
        }
        return names
    }

    /// A strategy; `nil` where none is given.
    func shares(
        _ items: [ECS.CapacityProviderStrategyItem]?
    ) throws(APIError) -> [CapacityProviderShare]? {
        guard let items else { return nil }
        guard items.count <= 20 else {
            throw invalid(
                "A capacity provider strategy can contain a maximum of 20 capacity providers.")
        }
        var shares: [CapacityProviderShare] = []
        for item in items {
            let name = try knownProvider(item.capacityProvider ?? "").name
            guard !shares.contains(where: { $0.provider == name }) else {
                throw invalid(
                    "A capacity provider strategy cannot contain the capacity provider "
                        + "\(shown(name)) twice.")
            }
            shares.append(
                CapacityProviderShare(
                    provider: name, weight: item.weight ?? 0, base: item.base ?? 0))
        }
        guard shares.count(where: { $0.base > 0 }) <= 1 else {
            throw invalid(
                "Only one capacity provider in a capacity provider strategy can have a base "
                    + "defined.")
        }
        return shares
    }

    /// The strategy of what may name a launch type instead: empty then, so that the cluster's does
    /// not count.
    func shares(
        _ items: [ECS.CapacityProviderStrategyItem]?, or launchType: ECS.LaunchType?
    ) throws(APIError) -> [CapacityProviderShare]? {
        let items = (items ?? []).isEmpty ? nil : items
        guard items == nil || launchType == nil else {
            throw invalid(
                "Specifying both a launch type and capacity provider strategy is not supported. "
                    + "Remove one and try again.")
        }
        return launchType == nil ? try shares(items) : []
    }

    func rendered(_ shares: [CapacityProviderShare]?) -> [ECS.CapacityProviderStrategyItem]? {
        shares?.map { share in
            ECS.CapacityProviderStrategyItem(
                capacityProvider: share.provider, weight: share.weight, base: share.base)
        }
    }

    /// The group of workers that an Auto Scaling group stands for, and its settings with their
    /// defaults.
    func groupProvider(
        _ given: ECS.AutoScalingGroupProvider
    ) throws(APIError) -> (group: String, provider: ECS.AutoScalingGroupProvider) {
        try checkManaged(
            given.managedScaling, given.managedTerminationProtection, given.managedDraining)
        let text = given.autoScalingGroupArn ?? ""
        let group = try groupName(text)
        var scaling = given.managedScaling ?? ECS.ManagedScaling()
        scaling.status = .disabled
        scaling.targetCapacity = scaling.targetCapacity ?? 100
        scaling.minimumScalingStepSize = scaling.minimumScalingStepSize ?? 1
        scaling.maximumScalingStepSize = scaling.maximumScalingStepSize ?? 10_000
        scaling.instanceWarmupPeriod = scaling.instanceWarmupPeriod ?? 300
        return (
            group,
            ECS.AutoScalingGroupProvider(
                autoScalingGroupArn: text, managedScaling: scaling,
                managedTerminationProtection: .disabled, managedDraining: .disabled)
        )
    }

    /// The last part of an ARN of Auto Scaling, or the name as it is.
    private func groupName(_ text: String) throws(APIError) -> String {
        var name = text
        if text.hasPrefix("arn:") {
            guard let arn = ARN(text), arn.service == "autoscaling",
                arn.parts.first?.hasSuffix(":autoScalingGroupName") == true
            else { throw APIError(.client, Self.badGroup(shown(text))) }
            name = arn.parts.dropFirst().joined(separator: "/")
        }
        let isValue =
            (1...128).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                $0.isASCIILetterOrDigit || "-_/\\.@: ".unicodeScalars.contains($0)
            }
        guard isValue else { throw APIError(.client, Self.badGroup(shown(text))) }
        return name
    }

    private static func badGroup(_ text: String) -> String {
        "The specified Auto Scaling group ARN '\(text)' is not valid. Specify the ARN of an Auto "
            + "Scaling group, or the name of a group of workers (muster worker --group), of up to "
            + "128 letters, digits, spaces and - _ / \\ . @ :"
    }

    /// Nobody makes workers yet, nor ends them.
    func checkManaged(
        _ scaling: ECS.ManagedScaling?, _ protection: ECS.ManagedTerminationProtection?,
        _ draining: ECS.ManagedDraining?
    ) throws(APIError) {
        if scaling?.status == .enabled {
            throw unsupported(
                "Muster does not scale groups of workers yet. Set the status of managedScaling to "
                    + "DISABLED.")
        }
        if protection == .enabled {
            throw unsupported(
                "Muster ends no workers, so there is nothing to protect them from. Set "
                    + "managedTerminationProtection to DISABLED.")
        }
        if draining == .enabled {
            throw unsupported(
                "Muster ends no workers, so it drains none before. Set managedDraining to DISABLED."
            )
        }
    }
}
