import Foundation

/// The folder that holds a whole local cluster: what `muster up` works in, and the default of
/// everything else.
///
/// - `manager/`: the manager's data folder
/// - `workers/NAME/`: each worker's
/// - `tokens/CLUSTER`: the join token of the workers that `muster up` starts
/// - `logs/NAME.log`: what they say
struct Home: Equatable, Sendable {
    let path: String

    init(_ path: String) {
        self.path = Self.absolute(path)
    }

    /// `--data`, else `MUSTER_DATA`, else `~/.muster`.
    init(flag: String?, environment: [String: String]) {
        let variable = environment["MUSTER_DATA"].flatMap { $0.isEmpty ? nil : $0 }
        self.init(flag ?? variable ?? NSHomeDirectory() + "/.muster")
    }

    var manager: String { path + "/manager" }
    var workers: String { path + "/workers" }
    var logs: String { path + "/logs" }

    var tokens: String { path + "/tokens" }
    func token(_ cluster: String) -> String { "\(tokens)/\(cluster)" }
    func worker(_ name: String) -> String { "\(workers)/\(name)" }
    func log(_ name: String) -> String { "\(logs)/\(name).log" }

    static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: (path as NSString).expandingTildeInPath).standardizedFileURL.path
    }
}
