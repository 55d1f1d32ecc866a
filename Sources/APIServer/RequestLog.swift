import Logging

/// Passes on what is logged, with the metadata of the one request it is for.
///
/// Each request has a logger of its own, with its number in it, and says nothing in most cases. The
/// handlers of swift-log write all metadata out as text as soon as there is another; this one keeps
/// it until something is logged.
struct RequestLog: LogHandler {
    private let logger: Logger
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    init(_ logger: Logger) {
        self.logger = logger
        logLevel = logger.logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        logger.log(
            level: event.level, event.message, error: event.error,
            metadata: metadata.merging(event.metadata ?? [:]) { $1 }, source: event.source,
            file: event.file, function: event.function, line: event.line)
    }
}
