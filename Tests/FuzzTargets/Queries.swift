import QueryLanguage

extension FuzzTarget {
    /// The cluster query language, which users write.
    static let queries = [
        FuzzTarget(name: "query") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(QuerySyntaxError) {
                let query = try ClusterQuery(text)
                guard let clause = query.clause else {
                    preconditionFailure("a query without a clause")
                }
                guard let again = try? ClusterQuery("\(clause)"), again.clause == clause else {
                    preconditionFailure("printed as \(clause), it is not the same")
                }
                for instance in Instance.all {
                    let isMet = query.isMet(by: instance)
                    precondition(again.isMet(by: instance) == isMet)
                    precondition((query.obstacle(for: instance) == nil) == isMet)
                }
            } catch {
                precondition((1...text.unicodeScalars.count + 1).contains(error.position))
                precondition(!error.problem.isEmpty)
            }
        },
        FuzzTarget(name: "pattern") { bytes in
            // A pattern and a value, with a line break between them.
            let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
            let texts = parts.map { String(decoding: $0, as: UTF8.self) }
            guard let source = texts.first,
                let pattern = try? Pattern(
                    source, stepsMaximum: ClusterQuery.patternStepsMaximum)
            else { return }
            for value in [texts.last ?? "", source, "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
                _ = pattern.matches(value)
            }
        },
    ]

    private struct Instance: QuerySubject {
        var agentConnected = true
        var agentVersion = "1.20.0"
        var ec2InstanceID = "i-1"
        var registeredAt: Int64 = 1_529_360_908
        var runningTasksCount = 1
        var values: [String: String] = [:]
        var groups: [String] = []

        func attribute(_ name: String) -> String? { values[name] }
        func hasTask(ofGroup group: String) -> Bool { groups.contains(group) }
        func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool {
            groups.contains(where: wanted)
        }

        static let all = [
            Instance(),
            Instance(
                agentConnected: false, agentVersion: "dev", runningTasksCount: 0,
                values: ["a": "b", "stack": "prod"], groups: ["a", "service:web"]),
        ]
    }
}
