import Model

/// Tags of log groups, by the operations that take an ARN and by the older that take a name.
extension LogGroupCall {
    func tagResource() async throws(APIError) {
        try await submit(.changeLogGroup(try tagged(), .tag(try tags(isNeeded: true))))
    }

    func untagResource() async throws(APIError) {
        guard let keys = input.tagKeys else { throw missing("tagKeys") }
        try await submit(.changeLogGroup(try tagged(), .untag(keys: keys)))
    }

    func listTagsForResource() throws(APIError) -> LogGroupTags {
        try list(groups.group(try tagged().reference.name))
    }

    func tagGroup() async throws(APIError) {
        let group = groups.known(try name())
        try await submit(.changeLogGroup(group, .tag(try tags(isNeeded: true))))
    }

    func untagGroup(_ keys: [String]?) async throws(APIError) {
        let group = groups.known(try name())
        guard let keys, !keys.isEmpty else { throw missing("tags") }
        try await submit(.changeLogGroup(group, .untag(keys: keys)))
    }

    func listTagsOfGroup() throws(APIError) -> LogGroupTags {
        try list(groups.group(try name()))
    }

    private func list(_ group: LogGroup?) throws(APIError) -> LogGroupTags {
        guard let group else {
            throw APIError(.resourceNotFound, "The specified log group does not exist.")
        }
        return LogGroupTags(
            tags: Dictionary(group.tags.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }))
    }

    /// The group of an ARN, with or without the `:*` that DescribeLogGroups ends it with.
    private func tagged() throws(APIError) -> KnownLogGroup {
        guard let text = input.resourceArn else { throw missing("resourceArn") }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 7 || (parts.count == 8 && parts[7] == "*"),
            parts[0] == "arn", parts[2] == "logs", parts[5] == "log-group", !parts[6].isEmpty
        else {
            throw invalid(
                "\(text.prefix(512)) is not the ARN of a log group. Muster tags no others.")
        }
        guard parts[3] == region, parts[4] == account else {
            throw APIError(.resourceNotFound, "The specified resource does not exist.")
        }
        return groups.known(String(parts[6]))
    }

    /// Of a request, sorted by their keys.
    func tags(isNeeded: Bool) throws(APIError) -> [Tag] {
        guard let tags = input.tags, !tags.isEmpty else {
            guard input.tags != nil || isNeeded else { return [] }
            throw input.tags == nil
                ? missing("tags")
                : violation("{}", "tags", "Member must have length greater than or equal to 1")
        }
        for (key, value) in tags {
            guard !key.lowercased().hasPrefix("aws:") else {
                throw invalid("aws: prefixed tag key names are not allowed for external use.")
            }
            guard (1...128).contains(key.unicodeScalars.count), Self.isTagText(key) else {
                throw violation(
                    key, "tags",
                    "Map keys must satisfy constraint: [Member must have length less than or "
                        + "equal to 128, Member must have length greater than or equal to 1, "
                        + #"Member must satisfy regular expression pattern: "#
                        + #"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]"#)
            }
            guard value.unicodeScalars.count <= 256, Self.isTagText(value) else {
                throw violation(
                    value, "tags",
                    "Map value must satisfy constraint: [Member must have length less than or "
                        + "equal to 256, Member must satisfy regular expression pattern: "
                        + #"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$]"#)
            }
        }
        return tags.map { Tag(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    private static func isTagText(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter, .spaceSeparator, .lineSeparator, .paragraphSeparator,
                .decimalNumber, .letterNumber, .otherNumber:
                true
            default: "_.:/=+-@".unicodeScalars.contains(scalar)
            }
        }
    }
}
