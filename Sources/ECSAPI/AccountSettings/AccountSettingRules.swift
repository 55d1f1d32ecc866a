/// What ECS's account settings may be, and what they are where nobody chose.
struct AccountSettingRule {
    var values: [String]
    var standard: String
    /// Why a known value is refused; `nil` for one that may be put.
    var refusals: [String: String] = [:]

    static func rule(of name: ECS.SettingName) -> AccountSettingRule {
        switch name {
        case .serviceLongArnFormat, .taskLongArnFormat, .containerInstanceLongArnFormat:
            AccountSettingRule(
                values: ["enabled", "disabled"], standard: "enabled",
                refusals: ["disabled": "You can no longer disable Long Arn settings"])
        case .awsvpcTrunking, .fargateFIPSMode, .fargateEventWindows:
            AccountSettingRule(values: ["enabled", "disabled"], standard: "disabled")
        case .containerInsights:
            AccountSettingRule(values: ["enhanced", "enabled", "disabled"], standard: "disabled")
        case .tagResourceAuthorization:
            AccountSettingRule(values: ["on", "off"], standard: "on")
        case .fargateTaskRetirementWaitPeriod:
            AccountSettingRule(values: ["0", "7", "14"], standard: "7")
        case .guardDutyActivate:
            AccountSettingRule(
                values: ["on", "off"], standard: "off",
                refusals: ["on": readOnly, "off": readOnly])
        case .defaultLogDriverMode:
            AccountSettingRule(values: ["blocking", "non-blocking"], standard: "non-blocking")
        }
    }

    private static let readOnly =
        "The account setting guardDutyActivate is read-only: GuardDuty controls it."
}
