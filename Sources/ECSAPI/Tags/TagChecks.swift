import Model

extension Call {
    /// Tags of a request. Their number and lengths are checked by the model.
    func tags(_ tags: [ECS.Tag]?) throws(APIError) -> [Model.Tag] {
        var keys: Set<String> = []
        var result: [Model.Tag] = []
        for tag in tags ?? [] {
            guard let key = tag.key else { throw invalid("Tag key cannot be null or empty.") }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw invalid(
                    "Tag keys beginning with 'aws:' are reserved for AWS. Rename '\(key)'.")
            }
            guard keys.insert(key).inserted else {
                throw invalid(
                    "Duplicate tag keys found. Please note that Tag keys are case "
                        + "sensitive. The key is '\(key)'.")
            }
            result.append(Model.Tag(key: key, value: tag.value ?? ""))
        }
        return result
    }

    /// Tags of a service: those that Muster acts upon must be of the form that it knows.
    func serviceTags(_ tags: [ECS.Tag]?) throws(APIError) -> [Model.Tag] {
        let tags = try self.tags(tags)
        if let tag = tags.first(where: { $0.key == CrashLoopRule.tag }),
            CrashLoopRule(tag.value) == nil
        {
            throw invalid(
                "The value of the tag \(CrashLoopRule.tag) is '\(shown(tag.value))'; it must be "
                    + "\(CrashLoopRule.form).")
        }
        if let tag = tags.first(where: { $0.key == RebalanceRule.tag }),
            RebalanceRule(tag.value) == nil
        {
            throw invalid(
                "The value of the tag \(RebalanceRule.tag) is '\(shown(tag.value))'; it must be "
                    + "\(RebalanceRule.form).")
        }
        return tags
    }

    func rendered(_ tags: [Model.Tag]) -> [ECS.Tag] {
        tags.map { ECS.Tag(key: $0.key, value: $0.value) }
    }
}
