import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite("explain and plan, over HTTP")
struct AdviceTests {
    @Test(
        "refuse what makes no sense, with what to send instead",
        arguments: [
            ("explain", "{", "SerializationException", "Send"),
            ("explain", "{}", "InvalidParameterException", "Send"),
            ("explain", #"{"name": "web"}"#, "InvalidParameterException", "no service named web"),
            (
                "explain", #"{"name": "web", "cluster": "other"}"#, "ClusterNotFoundException",
                "no cluster other"
            ),
            ("plan", #"{"calls": 1}"#, "SerializationException", "Send"),
            ("plan", #"{"calls": []}"#, "InvalidParameterException", "1 to 20 calls"),
            (
                "plan", #"{"calls": [{"operation": "Brew", "input": {}}]}"#,
                "UnknownOperationException", "Brew"
            ),
            (
                "plan", #"{"calls": [{"operation": "UpdateService", "input": {"service": "w"}}]}"#,
                "ServiceNotFoundException", "Service not found."
            ),
            (
                "plan",
                #"{"startSeconds": -1, "calls": [{"operation": "ListTasks", "input": {}}]}"#,
                "InvalidParameterException", "startSeconds must be a number from 0 to 3600"
            ),
        ])
    func refusals(_ path: String, _ body: String, _ type: String, _ text: String) async throws {
        try await server().test(.router) { client in
            let response = try await client.execute(
                uri: "/muster/v1/\(path)", method: .post, body: ByteBuffer(string: body))
            #expect(response.status == .badRequest)
            #expect(response.errorType == type)
            let message = response.members["message"] as? String ?? ""
            #expect(message.contains(text), "\(message)")
        }
    }

    @Test("try what is asked for, and change nothing")
    func plan() async throws {
        try await server().test(.router) { client in
            let body = """
                {"calls": [{"operation": "RegisterTaskDefinition", "input": {"family": "web",
                "containerDefinitions": [{"name": "a", "image": "i", "memory": 64}]}},
                {"operation": "CreateService", "input": {"serviceName": "web",
                "taskDefinition": "web", "desiredCount": 2}}], "startSeconds": 1.5}
                """
            let response = try await client.execute(
                uri: "/muster/v1/plan", method: .post, body: ByteBuffer(string: body))
            #expect(response.status == .ok)
            #expect(response.members["verdict"] as? String == "NO_ROOM")
            #expect(response.members["startMilliseconds"] as? Int == 1_500)
            let services = try await client.execute(
                uri: "/", method: .post, headers: headers("ListServices"))
            #expect((services.members["serviceArns"] as? [String])?.isEmpty == true)
        }
    }
}
