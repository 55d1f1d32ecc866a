import Synchronization

/// A truth that threads share.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set(_ value: Bool) {
        self.value.store(value, ordering: .relaxed)
    }
}
