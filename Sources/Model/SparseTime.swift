/// A time or none, in the room of a time: tables of a million tasks have several of each.
public struct SparseTime: Hashable, Sendable {
    /// The least number stands for none; no clock shows it.
    private var milliseconds: Int64

    public init(_ time: WallTime? = nil) {
        milliseconds = time?.milliseconds ?? .min
    }

    public var time: WallTime? {
        get { milliseconds == .min ? nil : WallTime(milliseconds: milliseconds) }
        set { self = SparseTime(newValue) }
    }
}
