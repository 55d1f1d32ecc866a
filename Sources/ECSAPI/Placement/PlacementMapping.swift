import Model
import QueryLanguage

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
            case .memberOf: result.append(.memberOf(try query(constraint.expression)))
            case nil: throw invalid("A placement constraint needs a type.")
            }
        }
        return result
    }

    /// The constraints of a task definition, which can only be expressions.
    func constraints(
        _ constraints: [ECS.TaskDefinitionPlacementConstraint]?
    ) throws(APIError) -> [Model.PlacementConstraint] {
        let constraints = constraints ?? []
        guard constraints.count <= 10 else {
            throw APIError(.client, "Placement constraints cannot have more than 10 elements.")
        }
        var result: [Model.PlacementConstraint] = []
        for constraint in constraints {
            guard constraint.type == .memberOf else {
                throw APIError(.client, "A placement constraint needs a type.")
            }
            result.append(.memberOf(try query(constraint.expression)))
        }
        return result
    }

    private func query(_ text: String?) throws(APIError) -> ClusterQuery {
        guard let text, !text.isEmpty else {
            throw invalid("The constraint memberOf needs an expression.")
        }
        return try query(text, of: "Invalid placement constraint expression")
    }

    /// - Parameter fault: What the text was wrong for, as the error begins.
    func query(_ text: String, of fault: String) throws(APIError) -> ClusterQuery {
        do throws(QuerySyntaxError) {
            return try ClusterQuery(text)
        } catch {
            throw invalid("\(fault) '\(shown(text))': \(error).")
        }
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
            // Both mean the same; ECS gives back which was sent.
            if field == "instanceId" || field == "host" { return .spread(field) }
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
            case .memberOf(let query):
                ECS.PlacementConstraint(type: .memberOf, expression: query.text)
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
