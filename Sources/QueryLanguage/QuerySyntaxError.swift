/// What is wrong with the text of a query, and where.
public struct QuerySyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The character that is wrong, counted from 1; one more than there are at the end.
    public var position: Int
    /// Such as `expected ')', found the end of the expression`.
    public var problem: String

    public init(position: Int, problem: String) {
        self.position = position
        self.problem = problem
    }

    public var description: String { "at character \(position): \(problem)" }
}
