import Model

/// The GPUs among the resource requirements of a container.
enum GPURequirement {
    /// How many GPUs; `nil` where none are asked for. At most one requirement of a container can
    /// ask for them (ECS, `ResourceRequirement`).
    static func count(_ requirements: [ECS.ResourceRequirement]?) throws(APIError) -> Int? {
        let wanted = (requirements ?? []).filter { $0.type == .gpu }
        guard let first = wanted.first else { return nil }
        guard wanted.count == 1 else {
            throw APIError(
                .client, "A container can have one resource requirement of type GPU, not more.")
        }
        guard let number = first.value.flatMap({ Int($0) }), (1...1_024).contains(number) else {
            throw APIError(
                .client,
                "The value of a resource requirement of type GPU should be a whole number of GPUs, "
                    + "1 or more; it is '\((first.value ?? "").prefix(32))'.")
        }
        return number
    }
}
