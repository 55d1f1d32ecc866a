import Logging
import Model
import Runtimes
import WorkerCore

/// Measures every ``period`` until it is cancelled.
struct UsageLoop: Sendable {
    let runtime: any ContainerRuntime
    let meter: UsageMeter
    let inbox: Inbox
    let period: Duration
    let logger: Logger

    @concurrent
    func run() async {
        // Many agents that start together do not measure together.
        var pause = period * Double.random(in: 0.05..<1)
        var isWell = true
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            pause = period
            do throws(RuntimeError) {
                let usages = meter.add(try await runtime.usage(), at: Clock.now)
                inbox.post(.measured(usages))
                isWell = true
            } catch {
                if isWell {
                    logger.warning(
                        "the runtime does not tell what containers use",
                        metadata: ["reason": "\(error.reason)"])
                }
                isWell = false
            }
        }
    }
}
