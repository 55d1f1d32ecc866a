import Model

/// The names in Muster's certificates.
enum Names {
    /// What every manager's certificate is for, and no worker's.
    static let manager = "manager.muster"
    private static let scheme = "muster://"

    /// `muster://REGION/CLUSTER/ID`
    static func text(_ subject: WorkerSubject) -> String {
        "\(scheme)\(subject.region)/\(subject.cluster)/\(subject.worker)"
    }

    static func subject(_ text: some StringProtocol) -> WorkerSubject? {
        guard text.hasPrefix(scheme) else { return nil }
        let parts = text.dropFirst(scheme.count)
            .split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty,
            let worker = WorkerID(parts[2])
        else { return nil }
        return WorkerSubject(region: String(parts[0]), cluster: String(parts[1]), worker: worker)
    }
}
