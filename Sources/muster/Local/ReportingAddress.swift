import Foundation
import NIOCore
import ServiceLifecycle

/// A server that says whose address it was that could not be had.
struct ReportingAddress<Server: ServiceLifecycle.Service>: ServiceLifecycle.Service {
    private let server: Server
    private let address: Address
    private let option: String

    /// - Parameter option: What chooses the address.
    init(_ server: Server, _ address: Address, option: String) {
        self.server = server
        self.address = address
        self.option = option
    }

    func run() async throws {
        do {
            try await server.run()
        } catch {
            throw Failure(
                .unavailable,
                "Can't listen on \(address): \(reason(error)). Another program may be there; "
                    + "choose another address with \(option), or port 0 for a free one.")
        }
    }

    private func reason(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }
}
