/// An instance as a query sees it.
public protocol QuerySubject {
    var agentConnected: Bool { get }
    var agentVersion: String { get }
    var ec2InstanceID: String { get }
    /// Seconds since 1970-01-01T00:00:00Z.
    var registeredAt: Int64 { get }
    var runningTasksCount: Int { get }
    /// The value of an attribute, empty for one without a value; `nil` where there is no such
    /// attribute.
    func attribute(_ name: String) -> String?
    /// Whether a task of a group is there.
    func hasTask(ofGroup group: String) -> Bool
    /// Whether a task is there of any group that is as asked.
    func hasTask(ofGroupWhere wanted: (String) -> Bool) -> Bool
}

extension Condition {
    func isMet(by subject: some QuerySubject) -> Bool {
        switch `operator` {
        case .notEquals, .notIn, .notMatches, .notExists: !holds(for: subject)
        default: holds(for: subject)
        }
    }

    /// The condition without its `not`.
    private func holds(for subject: some QuerySubject) -> Bool {
        switch self.subject {
        case .agentConnected: accepts(subject.agentConnected ? "true" : "false")
        case .ec2InstanceID: accepts(subject.ec2InstanceID)
        case .agentVersion: accepts(DottedNumber(leading: subject.agentVersion))
        case .registeredAt: accepts(subject.registeredAt)
        case .runningTasksCount: accepts(subject.runningTasksCount)
        case .taskGroup: acceptsGroup(of: subject)
        case .attribute(let name): subject.attribute(name).map(accepts) ?? false
        }
    }

    private func acceptsGroup(of subject: some QuerySubject) -> Bool {
        switch argument {
        case .text(let group): subject.hasTask(ofGroup: group)
        case .list(let groups): groups.contains { subject.hasTask(ofGroup: $0) }
        default: subject.hasTask { accepts($0) }
        }
    }

    /// The groups that the condition names.
    var namedGroups: [String] {
        guard subject == .taskGroup else { return [] }
        return switch argument {
        case .text(let group): [group]
        case .list(let groups): groups
        default: []
        }
    }

    func reads(group: String) -> Bool { subject == .taskGroup && accepts(group) }

    private func accepts(_ value: String) -> Bool {
        switch argument {
        case .nothing: true
        case .text(let text):
            switch `operator` {
            case .equals, .notEquals: value == text
            default: isInOrder(Self.compare(value, text))
            }
        case .list(let texts): texts.contains(value)
        case .pattern(let pattern): pattern.matches(value)
        case .number, .version, .time: false
        }
    }

    private func accepts(_ version: DottedNumber?) -> Bool {
        guard case .version(let wanted) = argument, let version else { return false }
        return isInOrder(Order(version, wanted))
    }

    private func accepts(_ number: Int) -> Bool {
        guard case .number(let wanted) = argument else { return false }
        return isInOrder(Order(number, wanted))
    }

    private func accepts(_ seconds: Int64) -> Bool {
        guard case .time(let wanted) = argument else { return false }
        return isInOrder(Order(seconds, wanted.seconds))
    }

    /// As dotted numbers where both are, else as texts.
    private static func compare(_ value: String, _ other: String) -> Order {
        if let number = DottedNumber(value), let wanted = DottedNumber(other) {
            return Order(number, wanted)
        }
        return Order(value, other)
    }

    private func isInOrder(_ order: Order) -> Bool {
        switch `operator` {
        case .equals, .notEquals: order == .same
        case .greater: order == .after
        case .greaterOrEqual: order != .before
        case .less: order == .before
        case .lessOrEqual: order != .after
        default: false
        }
    }
}

private enum Order {
    case before, same, after

    init<Value: Comparable>(_ left: Value, _ right: Value) {
        self = left < right ? .before : left == right ? .same : .after
    }
}
