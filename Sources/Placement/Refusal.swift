public import Model

/// Why no instance could take a task. What each of them lacks is told by ``Board/misfits(of:)``.
public struct Refusal: Error, Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var instance: InstanceID
        public var misfit: Misfit

        public init(instance: InstanceID, misfit: Misfit) {
            self.instance = instance
            self.misfit = misfit
        }
    }

    /// The instance that came nearest: passed most checks, and lacks least; `nil` when there is
    /// none at all.
    public internal(set) var nearest: Entry?
    /// How many instances were looked at.
    public internal(set) var count = 0

    init() {}
}
