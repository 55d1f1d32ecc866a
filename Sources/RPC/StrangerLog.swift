package import Logging
package import NIOCore
import Synchronization

/// A log of what strangers do, which they can't fill: ``LogAllowance`` bounds it.
package final class StrangerLog: Sendable {
    private let logger: Logger
    private let allowance: Mutex<LogAllowance>

    package init(_ logger: Logger, _ allowance: LogAllowance = .init()) {
        self.logger = logger
        self.allowance = Mutex(allowance)
    }

    /// - Parameter loop: where the line is written that says how many were left out.
    package func log(
        _ level: Logger.Level, _ message: Logger.Message, on loop: any EventLoop,
        _ metadata: @autoclosure () -> Logger.Metadata
    ) {
        let now = Duration.nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds))
        switch allowance.withLock({ $0.ask(at: now) }) {
        case .write: logger.log(level: level, message, metadata: metadata())
        case .leaveOut(let delay?):
            loop.scheduleTask(in: TimeAmount(clamping: delay)) { [self] in
                let count = allowance.withLock { $0.takeLeftOut() }
                logger.log(
                    level: level, "more of what strangers did was left out of the log",
                    metadata: ["lines": "\(count)"])
            }
        case .leaveOut(nil): break
        }
    }
}
