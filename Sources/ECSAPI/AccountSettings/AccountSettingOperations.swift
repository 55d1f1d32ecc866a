import ClusterState
import HashTreeCollections
import Model

/// What an account chose for its users and roles. Requests are the root's as long as signatures
/// name nobody, so what acts is the root's choice.
extension Call {
    /// ListAccountSettings gives no more a page (ECS, ListAccountSettings).
    private static let accountSettingsPerPage = 10

    func putAccountSetting(
        _ input: ECS.PutAccountSettingRequest
    ) async throws(APIError) -> ECS.PutAccountSettingResponse {
        let principal = try principal(input.principalArn)
        guard input.name != .fargateTaskRetirementWaitPeriod || principal == arns.root else {
            throw invalid(
                "The account setting fargateTaskRetirementWaitPeriod is set for the root user "
                    + "only. Leave principalArn out.")
        }
        return ECS.PutAccountSettingResponse(
            setting: try await put(input.name, input.value, for: principal))
    }

    func putAccountSettingDefault(
        _ input: ECS.PutAccountSettingDefaultRequest
    ) async throws(APIError) -> ECS.PutAccountSettingDefaultResponse {
        ECS.PutAccountSettingDefaultResponse(
            setting: try await put(input.name, input.value, for: arns.root))
    }

    func deleteAccountSetting(
        _ input: ECS.DeleteAccountSettingRequest
    ) async throws(APIError) -> ECS.DeleteAccountSettingResponse {
        let key = try key(input.name, of: try principal(input.principalArn))
        let (_, state) = try await submit(.deleteAccountSetting(key))
        return ECS.DeleteAccountSettingResponse(setting: effective(key, in: state))
    }

    func listAccountSettings(
        _ input: ECS.ListAccountSettingsRequest
    ) async throws(APIError) -> ECS.ListAccountSettingsResponse {
        guard input.value == nil || input.name != nil else {
            throw invalid("To filter by value, specify the name of the account setting too.")
        }
        let most = Self.accountSettingsPerPage
        if let limit = input.maxResults, limit > most {
            throw invalid("maxResults must be between 1 and \(most); it is \(limit).")
        }
        let state = snapshot()
        let principal = try principal(input.principalArn)
        let all = ECS.SettingName.allCases
            .filter { input.name == nil || $0 == input.name }
            .map { AccountSetting.Key(region: region, principal: principal, name: $0.rawValue) }
            .filter { input.effectiveSettings == true || state.accountSettings[$0] != nil }
            .map { effective($0, in: state) }
            .filter { input.value == nil || $0.value == input.value }
            .sorted { Self.name(of: $0) < Self.name(of: $1) }
        let page = try page(
            all, after: input.nextToken, limit: input.maxResults, standard: most, key: Self.name
        ) { setting, last throws(APIError) in Self.name(of: setting) > last }
        return ECS.ListAccountSettingsResponse(settings: page.items, nextToken: page.nextToken)
    }

    private static func name(of setting: ECS.Setting) -> String { setting.name?.rawValue ?? "" }

    private func put(
        _ name: ECS.SettingName?, _ value: String?, for principal: String
    ) async throws(APIError) -> ECS.Setting {
        let key = try key(name, of: principal)
        guard let name, let value else { throw invalid("Setting value cannot be empty.") }
        let rule = AccountSettingRule.rule(of: name)
        guard rule.values.contains(value) else {
            throw invalid(
                "Invalid setting 'value'. \(name.rawValue) should be one of "
                    + "[\(rule.values.joined(separator: ","))]; it is '\(shown(value))'.")
        }
        if let refusal = rule.refusals[value] { throw invalid(refusal) }
        let (_, state) = try await submit(
            .putAccountSetting(AccountSetting(key: key, value: value)))
        return effective(key, in: state)
    }

    private func key(
        _ name: ECS.SettingName?, of principal: String
    ) throws(APIError) -> AccountSetting.Key {
        guard let name else { throw invalid("Setting name cannot be empty.") }
        return AccountSetting.Key(region: region, principal: principal, name: name.rawValue)
    }

    /// The principal's own choice, else the root's, else ECS's default.
    private func effective(_ key: AccountSetting.Key, in state: ClusterState) -> ECS.Setting {
        let name = ECS.SettingName(rawValue: key.name)
        let root = AccountSetting.Key(region: key.region, principal: arns.root, name: key.name)
        let chosen = state.accountSettings[key] ?? state.accountSettings[root]
        return ECS.Setting(
            name: name,
            value: chosen?.value ?? name.map { AccountSettingRule.rule(of: $0).standard },
            principalArn: key.principal, type: name == .guardDutyActivate ? .awsManaged : .user)
    }

    /// The ARN of a user, a role or the root of this account; the root where none is given.
    private func principal(_ text: String?) throws(APIError) -> String {
        guard let text, !text.isEmpty else { return arns.root }
        let parts = ARN(text).flatMap { arn in
            arn.service == "iam" && arn.region.isEmpty && arn.account == account ? arn.parts : nil
        }
        let isNamed = parts.map { parts in
            parts == ["root"]
                || parts.count > 1 && ["user", "role"].contains(parts[0])
                    && !parts.contains(where: \.isEmpty)
        }
        guard isNamed == true, text.utf8.count <= 512 else {
            throw invalid(
                "Invalid principalArn: \(shown(text)). Use the ARN of a user, a role or the root "
                    + "of the account \(account), such as \(arns.root).")
        }
        return text
    }
}
