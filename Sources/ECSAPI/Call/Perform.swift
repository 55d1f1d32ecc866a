import Model

extension Call {
    /// The way from an operation's name to the method that performs it.
    func perform(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        switch operation {
        default:
            // Where the model knows an operation that Muster does not have, pretending would be
            // worse than refusing.
            throw unsupported("Muster knows the operation \(operation.rawValue) but does not have it yet.")
        }
    }
}
