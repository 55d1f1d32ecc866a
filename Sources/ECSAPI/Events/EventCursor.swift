/// A place in the sequence of all events, which is that of the changes that they tell of: after all
/// events of a change, written `4711`, or after the first of several, written `4711-1`.
public struct EventCursor: Hashable, Comparable, Sendable {
    /// The change's.
    public var revision: UInt64
    /// After how many of its events; `nil` means all.
    public var part: Int?

    public init(revision: UInt64, part: Int? = nil) {
        self.revision = revision
        self.part = part
    }

    /// Reads what ``description`` writes; `nil` for anything else.
    public init?(_ text: String) {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
        guard numbers.count <= 2, numbers.allSatisfy(Self.isNumber),
            let revision = UInt64(numbers[0])
        else { return nil }
        self.init(revision: revision)
        guard numbers.count == 2 else { return }
        guard let part = Int(numbers[1]), part > 0 else { return nil }
        self.part = part
    }

    /// `UInt64` would read a sign, too.
    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.revision, left.part ?? .max) < (right.revision, right.part ?? .max)
    }
}

extension EventCursor: CustomStringConvertible {
    public var description: String { part.map { "\(revision)-\($0)" } ?? "\(revision)" }
}
