package import ClusterState
package import Model

extension Past {
    /// The state just before a task came into being: what its place was chosen by. `nil` where it
    /// is not kept any more, or can't be told.
    package func state(before task: ECSTask) -> ClusterState? {
        do throws(PastError) {
            let moment = task.createdAt
            var state = try state(asOf: WallTime(milliseconds: moment.milliseconds - 1))
            let own = try all(
                RecordQuery(key: "\(task.id)", since: moment, until: moment))
            guard let birth = own.last else { return nil }
            // Other records of the same moment that came before it.
            let earlier = try all(
                RecordQuery(since: moment, until: moment, before: birth.revision))
            for record in earlier.reversed() where record.revision > state.revision {
                guard record.revision == state.revision + 1 else { return nil }
                state.apply(record)
            }
            return state.revision + 1 == birth.revision ? state : nil
        } catch {
            return nil
        }
    }

    /// All pages of a query, newest first; no more than a moment can have.
    private func all(_ query: RecordQuery) throws(PastError) -> [ChangeRecord] {
        var query = query
        query.maximum = RecordQuery.pageMaximum
        var found: [ChangeRecord] = []
        for _ in 0..<RecordQuery.momentPagesMaximum {
            let page = try records(query)
            found += page.records
            guard let next = page.next else { break }
            query.before = next
        }
        return found
    }
}

extension RecordQuery {
    /// A step makes a few thousand records of one moment.
    fileprivate static let momentPagesMaximum = 50
}
