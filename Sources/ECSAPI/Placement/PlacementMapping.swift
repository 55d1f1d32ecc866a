import Model

/// Placement constraints and strategies between the API's form and the model's.
extension Call {
    func constraints(
        _ constraints: [ECS.PlacementConstraint]?
    ) throws(APIError) -> [Model.PlacementConstraint] {
        let constraints = constraints ?? []
        guard constraints.count <= 10 else {
            throw invalid("Placement constraints cannot have more than 10 elements.")
        }
        var result: [Model.PlacementConstraint] = []
        for constraint in constraints {
            switch constraint.type {
            case .distinctInstance:
                guard (constraint.expression ?? "").isEmpty else {
                    throw invalid("The constraint distinctInstance takes no expression.")
                }
                result.append(.distinctInstance)
            case .memberOf: throw noQueryLanguage()
            case nil: throw invalid("A placement constraint needs a type.")
            }
        }
        return result
    }

    func noQueryLanguage() -> APIError {
        unsupported(
            "Muster does not have the cluster query language yet. Leave memberOf constraints out.")
    }

    func strategy(
        _ strategies: [ECS.PlacementStrategy]?
    ) throws(APIError) -> [Model.PlacementStrategy] {
        let strategies = strategies ?? []
        guard strategies.count <= 5 else {
            throw invalid("Placement strategies cannot have more than 5 elements.")
        }
        var result: [Model.PlacementStrategy] = []
        for strategy in strategies {
            result.append(try one(strategy))
        }
        return result
    }

    private func one(_ strategy: ECS.PlacementStrategy) throws(APIError) -> Model.PlacementStrategy
    {
        let field = strategy.field ?? ""
        switch strategy.type {
        case .random:
            guard field.isEmpty else { throw invalid("The strategy random takes no field.") }
            return .random
        case .spread:
            if field == "instanceId" || field == "host" { return .spread("instanceId") }
            guard field.hasPrefix("attribute:"), field.count > "attribute:".count else {
                throw invalid(
                    "The field of a spread strategy should be instanceId or attribute:<name>; it "
                        + "is '\(shown(field))'.")
            }
            return .spread(field)
        case .binpack:
            guard let field = Model.PlacementStrategy.BinpackField(rawValue: field.lowercased())
            else {
                throw invalid(
                    "The field of a binpack strategy should be cpu or memory; it is "
                        + "'\(shown(field))'.")
            }
            return .binpack(field)
        case nil: throw invalid("A placement strategy needs a type.")
        }
    }

    func rendered(_ constraints: [Model.PlacementConstraint]) -> [ECS.PlacementConstraint] {
        constraints.map { constraint in
            switch constraint {
            case .distinctInstance: ECS.PlacementConstraint(type: .distinctInstance)
            case .memberOf(let text): ECS.PlacementConstraint(type: .memberOf, expression: text)
            }
        }
    }

    func rendered(_ strategies: [Model.PlacementStrategy]) -> [ECS.PlacementStrategy] {
        strategies.map { strategy in
            switch strategy {
            case .random: ECS.PlacementStrategy(type: .random)
            case .spread(let field): ECS.PlacementStrategy(type: .spread, field: field)
            // ECS gives these fields back in capitals.
            case .binpack(let field):
                ECS.PlacementStrategy(type: .binpack, field: field.rawValue.uppercased())
            }
        }
    }
}
