import Runtimes

extension Parse {
    /// `file:DIR` and `command:PROGRAM`.
    static func secrets(_ raw: RawValue) throws(Complaint) -> SecretProvider {
        let text = try text(raw)
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else { throw unknown(text) }
        let path = Home.absolute(String(parts[1]))
        switch parts[0] {
        case "file": return .files(path)
        case "command": return .command(path)
        default: throw unknown(text)
        }
    }

    fileprivate static func text(of provider: SecretProvider) -> String {
        switch provider {
        case .files(let path): "file:\(path)"
        case .command(let path): "command:\(path)"
        }
    }

    private static func unknown(_ text: String) -> Complaint {
        Complaint(
            "'\(text)' is no provider of secrets. There are: file:DIR and command:PROGRAM.")
    }
}

extension EnvironmentSources {
    /// What `--secrets-from` is given.
    var secretsFlag: String? { secrets.map(Parse.text(of:)) }
}
