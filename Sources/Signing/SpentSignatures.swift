import Synchronization

/// Signatures that count no second time, for as long as their dates would let them in.
final class SpentSignatures: Sendable {
    private let spent = Mutex<[[UInt8]: SignedTime]>([:])

    /// - Returns: False when it was spent before, or there are too many.
    func spend(_ signature: [UInt8], at now: SignedTime) -> Bool {
        spent.withLock { spent in
            if spent[signature] != nil { return false }
            if spent.count >= Verifier.spentMaximum {
                let oldest = now - Verifier.skewMaximum * 2
                spent = spent.filter { $0.value >= oldest }
                guard spent.count < Verifier.spentMaximum else { return false }
            }
            spent[signature] = now
            return true
        }
    }
}
