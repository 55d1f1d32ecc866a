import Logging

/// What nodes log: lines on standard error.
enum Log {
    static func make(_ label: String, _ level: Logger.Level) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
