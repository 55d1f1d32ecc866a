import ClusterState
import HashTreeCollections
import Model

/// What an account chose for its principals. The edge checks names and values.
extension ManagerCore {
    mutating func put(_ setting: AccountSetting) throws(APIError) -> Outcome {
        let count = state.accountSettings.count
        guard
            state.accountSettings[setting.key] != nil
                || count < ManagerSettings.accountSettingsMaximum
        else {
            throw APIError(
                .limitExceeded,
                "There are \(count) account settings, the most there may be; delete some.")
        }
        if state.accountSettings[setting.key] != setting { record(.accountSetting(setting)) }
        return .accountSetting(setting)
    }

    /// Deleting what is not set changes nothing.
    mutating func deleteAccountSetting(_ key: AccountSetting.Key) -> Outcome {
        guard let setting = state.accountSettings[key] else { return .done }
        record(.removeAccountSetting(key))
        return .accountSetting(setting)
    }

    /// What the account chose for all, `nil` where it left ECS's default.
    func accountSetting(_ name: String, in region: String) -> String? {
        let root = ARNs(account: settings.account).root
        let key = AccountSetting.Key(region: region, principal: root, name: name)
        return state.accountSettings[key]?.value
    }
}
