import Model

/// Checks one container definition by itself and fills in ECS's defaults.
struct ContainerChecks {
    private let container: ECS.ContainerDefinition
    private let networkMode: ECS.NetworkMode
    private let hasTaskMemory: Bool
    private let name: String

    init(
        _ container: ECS.ContainerDefinition, networkMode: ECS.NetworkMode, hasTaskMemory: Bool
    ) {
        self.container = container
        self.networkMode = networkMode
        self.hasTaskMemory = hasTaskMemory
        name = container.name ?? ""
    }

    func checked() throws(APIError) -> ECS.ContainerDefinition {
        try checkIdentity()
        try checkSizes()
        try checkTimes()
        try checkNetwork()
        try checkLogging()
        try checkEnvironment()
        var result = container
        result.cpu = container.cpu ?? 0
        result.essential = container.essential ?? true
        result.portMappings = try portMappings()
        result.environment = container.environment ?? []
        result.mountPoints = container.mountPoints ?? []
        result.volumesFrom = container.volumesFrom ?? []
        result.systemControls = container.systemControls ?? []
        result.healthCheck = try healthCheck()
        return result
    }

    private func checkIdentity() throws(APIError) {
        guard !name.isEmpty else {
            throw APIError(.client, "Container.name should not be null or empty.")
        }
        let allowed = name.unicodeScalars.allSatisfy {
            $0.isASCIILetterOrDigit || $0 == "-" || $0 == "_"
        }
        guard allowed, name.utf8.count <= 255 else {
            throw APIError(
                .client,
                "Container.name contains invalid characters: '\(name.prefix(64))'. Use at most 255 "
                    + "letters, digits, hyphens and underscores.")
        }
        guard !(container.image ?? "").isEmpty else {
            throw APIError(.client, "Container.image should not be null or empty.")
        }
    }

    private func checkSizes() throws(APIError) {
        if !hasTaskMemory, container.memory == nil, container.memoryReservation == nil {
            throw refusal("At least one of 'memory' or 'memoryReservation' must be specified.")
        }
        if let memory = container.memory, memory < 6 {
            throw refusal("'memory' must be at least 6 MiB; it is \(memory).")
        }
        if let reservation = container.memoryReservation, reservation < 6 {
            throw refusal("'memoryReservation' must be at least 6 MiB; it is \(reservation).")
        }
        if let memory = container.memory, let reservation = container.memoryReservation,
            memory <= reservation
        {
            throw refusal(
                "'memory' (\(memory)) must be greater than 'memoryReservation' (\(reservation)).")
        }
        if let swap = container.linuxParameters?.maxSwap, swap < 0 {
            throw refusal("'maxSwap' must not be negative; it is \(swap).")
        }
        if let cpu = container.cpu, cpu < 0 {
            throw refusal("'cpu' must not be negative; it is \(cpu).")
        }
        for limit in container.ulimits ?? [] {
            guard let soft = limit.softLimit, let hard = limit.hardLimit else { continue }
            guard hard == -1 || soft != -1 && soft <= hard else {
                throw refusal(
                    "The soft limit of ulimit '\(limit.name?.rawValue ?? "")' is above its hard "
                        + "limit.")
            }
        }
    }

    private func checkTimes() throws(APIError) {
        for (what, value) in [
            ("startTimeout", container.startTimeout), ("stopTimeout", container.stopTimeout),
        ] {
            if let value, value < 0 {
                throw refusal("'\(what)' must not be negative; it is \(value).")
            }
        }
        if let period = container.restartPolicy?.restartAttemptPeriod,
            !(60...1_800).contains(period)
        {
            throw refusal("'restartAttemptPeriod' must be between 60 and 1800; it is \(period).")
        }
        if (container.restartPolicy?.ignoredExitCodes ?? []).count > 50 {
            throw refusal("'ignoredExitCodes' can have at most 50 codes.")
        }
    }

    private func checkNetwork() throws(APIError) {
        guard networkMode == .awsvpc else { return }
        if !(container.hostname ?? "").isEmpty {
            throw refusal("hostname is not supported when networkMode=awsvpc.")
        }
        if !(container.links ?? []).isEmpty {
            throw refusal("links are not supported when networkMode=awsvpc.")
        }
        if !(container.extraHosts ?? []).isEmpty {
            throw refusal("extraHosts are not supported when networkMode=awsvpc.")
        }
    }

    private func checkLogging() throws(APIError) {
        guard let logging = container.logConfiguration, logging.logDriver == .awslogs else {
            return
        }
        for option in ["awslogs-group", "awslogs-region"] where logging.options?[option] == nil {
            throw refusal("Log driver awslogs requires options: awslogs-region, awslogs-group.")
        }
    }

    private func checkEnvironment() throws(APIError) {
        guard (container.environmentFiles ?? []).count <= 10 else {
            throw refusal("environmentFiles can have at most 10 elements.")
        }
        var names = Set((container.environment ?? []).compactMap(\.name))
        for name in (container.secrets ?? []).compactMap(\.name)
        where !names.insert(name).inserted {
            throw APIError(
                .client,
                "The secret name must be unique and not shared with any new or existing "
                    + "environment variables set on the container, such as '\(name)'.")
        }
    }

    private func portMappings() throws(APIError) -> [ECS.PortMapping] {
        let mappings = container.portMappings ?? []
        guard mappings.isEmpty || networkMode != .nothing else {
            throw refusal("portMappings are not supported when networkMode=none.")
        }
        guard mappings.count <= 100 else {
            throw refusal("portMappings can have at most 100 elements.")
        }
        var result: [ECS.PortMapping] = []
        for mapping in mappings {
            result.append(try checked(mapping))
        }
        let ports = result.compactMap(\.containerPort)
        guard Set(ports).count == ports.count else {
            throw refusal("A container port can be mapped once, for one protocol.")
        }
        return result
    }

    private func checked(_ mapping: ECS.PortMapping) throws(APIError) -> ECS.PortMapping {
        var result = mapping
        result.`protocol` = mapping.`protocol` ?? .tcp
        if let range = mapping.containerPortRange {
            guard mapping.containerPort == nil, mapping.hostPort == nil else {
                throw refusal("containerPortRange stands for containerPort and hostPort.")
            }
            guard Self.isRange(range), networkMode == .bridge || networkMode == .awsvpc else {
                throw refusal(
                    "containerPortRange should be two ports such as '8000-8010', under networkMode "
                        + "bridge or awsvpc.")
            }
            return result
        }
        guard let port = mapping.containerPort, (1...65_535).contains(port) else {
            throw refusal("containerPort should be between 1 and 65535.")
        }
        guard (0...65_535).contains(mapping.hostPort ?? 0) else {
            throw refusal("hostPort should be between 0 and 65535.")
        }
        if networkMode == .host || networkMode == .awsvpc {
            guard [0, port].contains(mapping.hostPort ?? 0) else {
                throw APIError(
                    .client,
                    "When networkMode=\(networkMode.rawValue), the host ports and container ports "
                        + "in port mappings must match.")
            }
            result.hostPort = port
        } else {
            result.hostPort = mapping.hostPort ?? 0
        }
        return result
    }

    private static func isRange(_ text: String) -> Bool {
        let ports = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ports.count == 2, let first = ports[0], let last = ports[1] else { return false }
        return first >= 1 && first <= last && last <= 65_535
    }

    private func healthCheck() throws(APIError) -> ECS.HealthCheck? {
        guard var check = container.healthCheck else { return nil }
        guard check.isSet else { return check }
        guard let first = check.command?.first, ["CMD", "CMD-SHELL"].contains(first),
            check.command?.count ?? 0 > 1
        else {
            throw refusal(
                "The health check's command should start with CMD or CMD-SHELL and go on with what "
                    + "to run.")
        }
        check.interval = check.interval ?? Model.HealthCheck.intervalDefault
        check.timeout = check.timeout ?? Model.HealthCheck.timeoutDefault
        check.retries = check.retries ?? Model.HealthCheck.retriesDefault
        for (what, value, range) in [
            ("interval", check.interval, 5...300), ("timeout", check.timeout, 2...60),
            ("retries", check.retries, 1...10), ("startPeriod", check.startPeriod, 0...300),
        ] {
            if let value, !range.contains(value) {
                throw refusal(
                    "The health check's \(what) should be between \(range.lowerBound) and "
                        + "\(range.upperBound); it is \(value).")
            }
        }
        return check
    }

    private func refusal(_ message: String) -> APIError {
        APIError(.client, "Invalid setting for container '\(name)'. \(message)")
    }
}

extension ECS.HealthCheck {
    /// Whether there is anything to run: `NONE` says that there is not, as Docker has it.
    var isSet: Bool { command != ["NONE"] }
}
