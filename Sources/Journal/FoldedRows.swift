import ClusterState
import Model

/// Which row each object at the base has: the revision that it was changed last at.
///
/// It is kept in memory, some 50 bytes an object, so that the table needs no index by key: every
/// task that is folded would make another page of that dirty, ids being random.
struct FoldedRows: Sendable {
    private struct ID: Hashable {
        let kind: ObjectKind
        let id: Identifier<ObjectKey>

        init?(_ object: ObjectKey) {
            guard object.key.utf8.count == 32, let id = Identifier<ObjectKey>(object.key) else {
                return nil
            }
            kind = object.kind
            self.id = id
        }

        /// Ids of two kinds are hardly ever the same.
        func hash(into hasher: inout Hasher) { hasher.combine(id) }
    }

    private var ids: [ID: Int64] = [:]
    /// Of objects that are called by another name than an id.
    private var names: [ObjectKey: Int64] = [:]
    /// Those of each service, the oldest first.
    private var events: [String: [Int64]] = [:]

    /// The object is in a new row.
    ///
    /// - Returns: The row that is thereby obsolete.
    mutating func put(_ object: ObjectKey, at revision: Int64) -> Int64? {
        if object.kind == .serviceEvent { return put(eventOf: object.service, at: revision) }
        if let id = ID(object) { return ids.updateValue(revision, forKey: id) }
        return names.updateValue(revision, forKey: object)
    }

    /// A service keeps its newest events.
    private mutating func put(eventOf service: String, at revision: Int64) -> Int64? {
        events[service, default: []].append(revision)
        guard let count = events[service]?.count, count > ClusterState.serviceEventsMaximum else {
            return nil
        }
        return events[service]?.removeFirst()
    }

    /// The object is no more.
    ///
    /// - Returns: The rows that are thereby obsolete: a service's events go with it.
    mutating func remove(_ object: ObjectKey) -> [Int64] {
        var rows = object.kind == .service ? events.removeValue(forKey: object.key) ?? [] : []
        if let id = ID(object) {
            if let row = ids.removeValue(forKey: id) { rows.append(row) }
        } else if let row = names.removeValue(forKey: object) {
            rows.append(row)
        }
        return rows
    }
}

extension ObjectKey {
    /// Whose event it is.
    fileprivate var service: String { String(key.prefix { $0 != "/" }) }
}
