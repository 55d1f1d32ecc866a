import Logging
import WorkerCore

extension Logger {
    /// Writes what the core has to say.
    func log(_ diagnostic: WorkerCore.Diagnostic) {
        let level: Logger.Level =
            switch diagnostic.level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        var metadata: Logger.Metadata = [:]
        for fact in diagnostic.facts { metadata[fact.name] = "\(fact.value)" }
        log(level: level, "\(diagnostic.message)", metadata: metadata)
    }
}
