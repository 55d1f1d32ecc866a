import ClusterState
import HashTreeCollections
import Model

/// Log groups that clients made, and marks of those that they deleted. The edge checks names, tags
/// and days.
extension ManagerCore {
    /// One that task definitions name already may be made, and keeps its past.
    mutating func createLogGroup(_ group: KnownLogGroup, _ tags: [Tag]) throws(APIError) -> Outcome
    {
        let known = state.logGroups[group.reference]
        guard known?.isDeleted ?? true else {
            throw APIError(.resourceAlreadyExists, "The specified log group already exists")
        }
        try check(tags)
        if known == nil { try makeRoomForLogGroup() }
        record(
            .logGroup(
                LogGroup(
                    reference: group.reference, createdAt: named(group) ?? now.wall, tags: tags,
                    deletedAt: known?.deletedAt)))
        return .done
    }

    mutating func deleteLogGroup(_ group: KnownLogGroup) throws(APIError) -> Outcome {
        var found = try logGroup(group)
        found.isDeleted = true
        found.deletedAt = now.wall
        found.retentionInDays = nil
        found.tags = []
        record(.logGroup(found))
        return .done
    }

    mutating func changeLogGroup(
        _ group: KnownLogGroup, _ change: LogGroupChange
    ) throws(APIError) -> Outcome {
        var found = try logGroup(group)
        switch change {
        case .retention(let days): found.retentionInDays = days
        case .tag(let tags): found.tags.merge(tags)
        case .untag(let keys): found.tags.removeAll { keys.contains($0.key) }
        }
        try check(found.tags)
        if state.logGroups[group.reference] != found { record(.logGroup(found)) }
        return .done
    }

    private func check(_ tags: [Tag]) throws(APIError) {
        guard tags.count <= Self.tagsMaximum else {
            throw APIError(
                .tooManyTags, "A resource can have at most \(Self.tagsMaximum) tags.")
        }
    }

    /// As it is kept, or as it is to be kept now that it is more than a name in definitions.
    private mutating func logGroup(_ group: KnownLogGroup) throws(APIError) -> LogGroup {
        let known = state.logGroups[group.reference]
        if let known, !known.isDeleted { return known }
        guard let named = named(group) else {
            throw APIError(.resourceNotFound, "The specified log group does not exist.")
        }
        if known == nil { try makeRoomForLogGroup() }
        return LogGroup(
            reference: group.reference, createdAt: named, deletedAt: known?.deletedAt)
    }

    /// Who asked may not have seen that the group was deleted meanwhile.
    private func named(_ group: KnownLogGroup) -> WallTime? {
        let deletedAt = state.logGroups[group.reference]?.deletedAt
        return group.namedSince.flatMap { named in
            deletedAt.map { named > $0 } ?? true ? named : nil
        }
    }

    /// The mark that is the oldest goes first.
    private mutating func makeRoomForLogGroup() throws(APIError) {
        guard state.logGroups.count >= ManagerSettings.logGroupsMaximum else { return }
        let oldest = state.logGroups.values.lazy.filter(\.isDeleted)
            .map { (at: $0.deletedAt ?? $0.createdAt, reference: $0.reference) }
            .min { ($0.at, $0.reference) < ($1.at, $1.reference) }
        guard let oldest else {
            throw APIError(
                .limitExceeded,
                "There are \(state.logGroups.count) log groups, the most there may be; delete "
                    + "some.")
        }
        record(.removeLogGroup(oldest.reference))
    }
}
