import Logging
import ProcessSupport
import RPC
import Synchronization

/// A client that calls the same server all the time, on a connection of its own.
final class Bystander: Sendable {
    struct Account: Sendable {
        var calls = 0
        var failures: [String] = []
        var slowest = Duration.zero
    }

    private let account = Mutex(Account())
    private let connection: RPCClientConnection
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(port: Int) async throws {
        let logger = Logger(label: "bystander") { _ in SwiftLogNoOpLogHandler() }
        connection = try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: port), group: group, logger: logger)
        task.withLock { task in
            task = Task { [weak self] in
                while !Task.isCancelled {
                    guard let self else { return }
                    await self.call()
                    // Not a wait for anything: a pace, else the calls would be an attack too.
                    try? await Task.sleep(for: .milliseconds(2))
                }
            }
        }
    }

    /// What happened from the beginning to now, with some calls at least.
    func finish() async throws -> Account {
        let enough = account.withLock { $0.calls } + 5
        try await eventually(within: .seconds(10), "the bystander's calls") {
            account.withLock { $0.calls + $0.failures.count >= enough ? true : nil }
        }
        task.withLock { $0?.cancel() }
        await connection.close()
        return account.withLock { $0 }
    }

    private func call() async {
        let clock = ContinuousClock()
        let start = clock.now
        do throws(RPCError) {
            _ = try await connection.unary(
                "/attack.T/Echo", [UInt8](repeating: 1, count: 64), timeout: .seconds(5))
            let took = start.duration(to: clock.now)
            account.withLock { account in
                account.calls += 1
                account.slowest = max(account.slowest, took)
            }
        } catch {
            // The last call may be cut off by the end of the test.
            guard !Task.isCancelled else { return }
            account.withLock { $0.failures.append("\(error)") }
        }
    }
}
