import ClusterState
import Model

/// A call that makes, changes or deletes a log group. CloudWatch answers these with no members.
struct LogGroupCall: Sendable {
    let input: LogGroupRequestBody
    let region: String
    let account: String
    let controlPlane: any ControlPlane
    let groups: LogGroups

    /// Days that CloudWatch Logs keeps events for.
    private static let retentions = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ]

    func create() async throws(APIError) {
        let name = try name()
        let tags = try tags(isNeeded: false)
        guard input.kmsKeyId == nil else {
            throw invalid(
                "Muster has no keys of AWS KMS to encrypt a log group with: leave out kmsKeyId.")
        }
        guard input.logGroupClass ?? "STANDARD" == "STANDARD" else {
            throw invalid("Muster has log groups of the class STANDARD alone.")
        }
        guard input.deletionProtectionEnabled != true else {
            throw invalid(
                "Muster does not protect log groups from deletion: leave out "
                    + "deletionProtectionEnabled.")
        }
        try await submit(.createLogGroup(groups.known(name), tags: tags))
    }

    func delete() async throws(APIError) {
        try await submit(.deleteLogGroup(groups.known(try name())))
    }

    func putRetention() async throws(APIError) {
        let name = try name()
        guard let days = input.retentionInDays else { throw missing("retentionInDays") }
        guard Self.retentions.contains(days) else {
            let known = Self.retentions.map(String.init).joined(separator: ", ")
            throw violation(
                "\(days)", "retentionInDays", "Member must satisfy enum value set: [\(known)]")
        }
        try await submit(.changeLogGroup(groups.known(name), .retention(days)))
    }

    func deleteRetention() async throws(APIError) {
        try await submit(.changeLogGroup(groups.known(try name()), .retention(nil)))
    }

    func name() throws(APIError) -> String {
        guard let name = input.logGroupName else { throw missing("logGroupName") }
        guard !name.isEmpty else {
            throw violation(
                "", "logGroupName", "Member must have length greater than or equal to 1")
        }
        guard name.utf8.count <= 512 else {
            throw violation(
                name, "logGroupName", "Member must have length less than or equal to 512")
        }
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || "._-/#".utf8.contains(byte)
        }
        guard isName else {
            throw violation(
                name, "logGroupName",
                #"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"#)
        }
        return name
    }

    func submit(_ command: Command) async throws(APIError) {
        _ = try await controlPlane.submit(command)
    }

    func invalid(_ message: String) -> APIError { APIError(.invalidParameter, message) }

    func missing(_ member: String) -> APIError {
        invalid(
            "1 validation error detected: Value null at '\(member)' failed to satisfy constraint: "
                + "Member must not be null")
    }

    func violation(_ value: String, _ member: String, _ constraint: String) -> APIError {
        invalid(
            "1 validation error detected: Value '\(value.prefix(128))' at '\(member)' failed to "
                + "satisfy constraint: \(constraint)")
    }
}
