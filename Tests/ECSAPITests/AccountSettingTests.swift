import ClusterState
import Foundation
import Model
import Testing

@Suite("Account settings")
struct AccountSettingTests {
    static let root = "arn:aws:iam::123456789012:root"
    static let user = "arn:aws:iam::123456789012:user/ann"

    /// A manager that keeps settings.
    private var api: API {
        API(
            FakeControlPlane { command, state throws(APIError) in
                switch command {
                case .putAccountSetting(let setting):
                    state.put(.accountSetting(setting))
                    return .accountSetting(setting)
                case .deleteAccountSetting(let key):
                    state.put(.removeAccountSetting(key))
                    return .done
                default: throw APIError(.server, "not of account settings")
                }
            })
    }

    @Test("are the root's where no principal is named, and everyone's who has none")
    func principals() async throws {
        let api = api
        let put = try await api.call(
            "PutAccountSetting", #"{"name": "containerInsights", "value": "enhanced"}"#)
        #expect(
            put
                == canonical(
                    #"""
                    {"setting": {"name": "containerInsights", "value": "enhanced",
                                 "principalArn": "\#(Self.root)", "type": "user"}}
                    """#))
        let asked = #"{"principalArn": "\#(Self.user)", "effectiveSettings": true,"#
        let inherited = try await api.call(
            "ListAccountSettings", asked + #" "name": "containerInsights"}"#)
        #expect(value(inherited, at: "settings.0.value") as? String == "enhanced")
        #expect(value(inherited, at: "settings.0.principalArn") as? String == Self.user)
        _ = try await api.call(
            "PutAccountSetting",
            #"""
            {"name": "containerInsights", "value": "disabled", "principalArn": "\#(Self.user)"}
            """#)
        let own = try await api.call(
            "ListAccountSettings", asked + #" "name": "containerInsights"}"#)
        #expect(value(own, at: "settings.0.value") as? String == "disabled")
        let deleted = try await api.call(
            "DeleteAccountSetting",
            #"{"name": "containerInsights", "principalArn": "\#(Self.user)"}"#)
        #expect(value(deleted, at: "setting.value") as? String == "enhanced")
    }

    @Test("that nobody chose are listed as effective ones only, in pages of ten")
    func list() async throws {
        let api = api
        _ = try await api.call(
            "PutAccountSettingDefault", #"{"name": "awsvpcTrunking", "value": "enabled"}"#)
        let chosen = try await api.call("ListAccountSettings")
        #expect(value(chosen, at: "settings.0.name") as? String == "awsvpcTrunking")
        #expect(value(chosen, at: "settings.1") == nil)
        let all = try await api.call("ListAccountSettings", #"{"effectiveSettings": true}"#)
        #expect(value(all, at: "settings.9.name") as? String == "tagResourceAuthorization")
        let token = try #require(value(all, at: "nextToken") as? String)
        let rest = try await api.call(
            "ListAccountSettings", #"{"effectiveSettings": true, "nextToken": "\#(token)"}"#)
        #expect(value(rest, at: "settings.0.name") as? String == "taskLongArnFormat")
        #expect(value(rest, at: "settings.0.value") as? String == "enabled")
        #expect(value(rest, at: "settings.1") == nil && value(rest, at: "nextToken") == nil)
        let filtered = try await api.call(
            "ListAccountSettings",
            #"{"effectiveSettings": true, "name": "guardDutyActivate", "value": "off"}"#)
        #expect(value(filtered, at: "settings.0.type") as? String == "aws_managed")
    }

    @Test(
        "refuse what ECS refuses",
        arguments: [
            (#"{"name": "coffee", "value": "on"}"#, "satisfy enum value set"),
            (#"{"name": "containerInsights"}"#, "'value' failed to satisfy constraint"),
            (#"{"name": "containerInsights", "value": "ENABLED"}"#, "Invalid setting 'value'"),
            (
                #"{"name": "taskLongArnFormat", "value": "disabled"}"#,
                "You can no longer disable Long Arn settings"
            ),
            (#"{"name": "guardDutyActivate", "value": "on"}"#, "read-only"),
            (
                #"{"name": "containerInsights", "value": "enabled", "principalArn": "ann"}"#,
                "Invalid principalArn"
            ),
            (
                #"""
                {"name": "containerInsights", "value": "enabled",
                 "principalArn": "arn:aws:iam::999999999999:root"}
                """#, "of the account 123456789012"
            ),
            (
                #"""
                {"name": "fargateTaskRetirementWaitPeriod", "value": "14",
                 "principalArn": "\#(AccountSettingTests.user)"}
                """#, "for the root user only"
            ),
        ])
    func refusals(body: String, part: String) async {
        let error = await api.refusal("PutAccountSetting", body)
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
    }

    @Test("are not filtered by a value without a name, nor given eleven a page")
    func listRefusals() async {
        let value = await api.refusal("ListAccountSettings", #"{"value": "enabled"}"#)
        #expect(value?.message.contains("specify the name") == true)
        let page = await api.refusal("ListAccountSettings", #"{"maxResults": 11}"#)
        #expect(page?.message.contains("between 1 and 10") == true)
    }
}
