import Model
import OrderedCollections

// What containers use, as it is told to the manager.
extension WorkerCore {
    /// Only a session carries it: for nobody else is it worth keeping. A measurement of nothing
    /// goes out once, so that the manager forgets what was before.
    mutating func tell(_ usages: [ContainerUsage], into effects: inout EffectBuffer) {
        guard case .registered(var session) = link else { return }
        let known = usages.filter { tasks[$0.task] != nil }
        guard !known.isEmpty || session.toldUsage else { return }
        session.measurements += 1
        session.toldUsage = !known.isEmpty
        link = .registered(session)
        var rest = known[...]
        repeat {
            let part = rest.prefix(UsageReport.containersMaximum)
            rest = rest.dropFirst(part.count)
            effects.append(
                .reportUsage(
                    on: session.link,
                    UsageReport(
                        session: session.id, number: session.measurements,
                        containers: Array(part))))
        } while !rest.isEmpty
    }
}
