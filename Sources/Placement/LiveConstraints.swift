public import Model
import QueryLanguage

/// The expressions of a need that can change their answer while tasks come and go: those about
/// groups, counts of tasks and connections. What the others say is in ``Columns``.
struct LiveConstraints {
    private let queries: [ClusterQuery]
    private let instances: [ContainerInstance?]
    /// The groups that the expressions are about, and where their tasks are.
    private let groups: Groups

    /// The groups that a need's expressions are about. They are found once for all rows.
    struct Groups {
        private var crews: [(name: String, crew: Crew)] = []

        init() {}

        init(of need: Need, among crews: [Crew.Name: Crew]) {
            var found: Set<String> = []
            for query in need.queries where query.readsGroups {
                for name in query.namedGroups {
                    if let crew = crews[.group(name)], found.insert(name).inserted {
                        self.crews.append((name, crew))
                    }
                }
                guard query.matchesGroups else { continue }
                // In a hash order, which makes no difference: it is asked whether any is there.
                for case (.group(let name), let crew) in crews
                where query.reads(group: name) && found.insert(name).inserted {
                    self.crews.append((name, crew))
                }
            }
        }

        func isAny(at row: Int, _ isWanted: (String) -> Bool) -> Bool {
            crews.contains { $0.crew[row] > 0 && isWanted($0.name) }
        }

        /// Those that have a task in a row.
        func names(at row: Int) -> Set<String> {
            Set(crews.lazy.filter { $0.crew[row] > 0 }.map(\.name))
        }
    }

    /// `nil` where no expression of the need is of this kind.
    init?(of need: Need, on board: Board) {
        queries = need.queries.filter(\.isLive)
        guard !queries.isEmpty else { return nil }
        instances = board.instances
        groups = Groups(of: need, among: board.crews)
    }

    /// - Parameter tasks: How many are wanted there.
    func areMet(at row: Int, isOpen: Bool, tasks: Int) -> Bool {
        guard let instance = instances[row] else { return false }
        let subject = RowSubject(
            instance: instance, agentConnected: isOpen, runningTasksCount: tasks, row: row,
            groups: groups)
        return queries.allSatisfy { $0.isMet(by: subject) }
    }
}

/// A row of a board as an expression sees it.
private struct RowSubject: QuerySubject {
    let instance: ContainerInstance
    let agentConnected: Bool
    let runningTasksCount: Int
    let row: Int
    let groups: LiveConstraints.Groups

    var agentVersion: String { instance.agentVersion }
    var ec2InstanceID: String { instance.name }
    var registeredAt: Int64 { instance.registeredAt.seconds }

    func attribute(_ name: String) -> String? {
        instance.attributes.first { $0.name == name }.map { $0.value ?? "" }
    }

    func hasTask(ofGroup group: String) -> Bool { groups.isAny(at: row) { $0 == group } }

    func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool {
        groups.isAny(at: row, wanted)
    }
}

extension Need {
    /// The expressions of its constraints.
    var queries: [ClusterQuery] { constraints.compactMap(\.query) }

    /// Whether what they say can change with each task that is placed.
    var isLive: Bool { constraints.contains { $0.query?.isLive == true } }
}

extension PlacementConstraint {
    /// Whether it is an expression in which an attribute occurs.
    public func isAbout(attribute name: String) -> Bool {
        query?.reads(.attribute(name)) ?? false
    }

    var query: ClusterQuery? {
        if case .memberOf(let query) = self { query } else { nil }
    }
}

extension ClusterQuery {
    /// Whether its answer depends on more than what the instance itself is.
    var isLive: Bool {
        reads(.agentConnected) || reads(.runningTasksCount) || reads(.taskGroup)
    }

    var readsGroups: Bool { reads(.taskGroup) }
}
