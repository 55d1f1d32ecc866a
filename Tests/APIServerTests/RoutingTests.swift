import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite("The server")
struct RoutingTests {
    @Test("answers an ECS operation as AWS JSON 1.1 with a request id")
    func operation() async throws {
        try await server().test(.router) { client in
            let response = try await client.execute(
                uri: "/", method: .post, headers: headers("ListClusters"),
                body: ByteBuffer(string: "{}"))
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/x-amz-json-1.1")
            #expect(response.headers[named: "x-amzn-RequestId"]?.count == 36)
            #expect(
                response.members["clusterArns"] as? [String]
                    == ["arn:aws:ecs:us-east-1:123456789012:cluster/default"])
        }
    }

    @Test("takes the region from the credential scope, and each region is its own namespace")
    func regions() async throws {
        try await server().test(.router) { client in
            for (region, count) in [("us-east-1", 1), ("eu-central-1", 0)] {
                let response = try await client.execute(
                    uri: "/", method: .post, headers: headers("ListClusters", region: region),
                    body: ByteBuffer(string: "{}"))
                #expect((response.members["clusterArns"] as? [String])?.count == count)
            }
        }
    }

    @Test(
        "refuses a credential scope that makes no sense",
        arguments: [
            "us east", "", String(repeating: "x", count: 33), "../..",
        ])
    func badScope(_ region: String) async throws {
        try await server().test(.router) { client in
            let response = try await client.execute(
                uri: "/", method: .post, headers: headers("ListClusters", region: region))
            #expect(response.status == .badRequest)
            #expect(response.errorType == "IncompleteSignatureException")
        }
    }

    @Test(
        "gives an error its type and its message",
        arguments: [
            ("ListClusters", "{", "SerializationException"),
            ("DescribeTasks", #"{"cluster": "gone", "tasks": ["a"]}"#, "ClusterNotFoundException"),
            ("DiscoverPollEndpoint", "{}", "UnsupportedFeatureException"),
            ("MakeCoffee", "{}", "UnknownOperationException"),
        ])
    func errors(_ operation: String, _ body: String, _ type: String) async throws {
        try await server().test(.router) { client in
            let response = try await client.execute(
                uri: "/", method: .post, headers: headers(operation),
                body: ByteBuffer(string: body))
            #expect(response.status == .badRequest)
            #expect(response.errorType == type)
            #expect(response.members["__type"] as? String == type)
            #expect((response.members["message"] as? String)?.isEmpty == false)
        }
    }

    @Test("does not know other services' targets")
    func otherTarget() async throws {
        try await server().test(.router) { client in
            var fields = headers("ListClusters")
            fields[named: "X-Amz-Target"] = "AWSEvents.PutRule"
            let response = try await client.execute(uri: "/", method: .post, headers: fields)
            #expect(response.errorType == "UnknownOperationException")
        }
    }

    @Test(
        "takes a form apart whatever its members are",
        arguments: ["=", "==", "&=&", "a=b&=", "a", "%", "=Action"])
    func forms(body: String) async throws {
        try await server().test(.router) { client in
            let answer = try await client.execute(
                uri: "/", method: .post, body: ByteBuffer(string: body))
            #expect(answer.text.contains("<Code>MissingAction</Code>"))
        }
    }

    @Test("answers GetCallerIdentity in XML, and other actions with an XML error")
    func query() async throws {
        try await server().test(.router) { client in
            let identity = try await client.execute(
                uri: "/", method: .post,
                headers: [.contentType: "application/x-www-form-urlencoded"],
                body: ByteBuffer(string: "Action=Get%43allerIdentity&Version=2011-06-15"))
            #expect(identity.status == .ok)
            #expect(identity.headers[.contentType] == "text/xml")
            #expect(identity.text.contains("<Account>123456789012</Account>"))
            let other = try await client.execute(
                uri: "/", method: .post, body: ByteBuffer(string: "Action=GetUser"))
            #expect(other.status == .badRequest)
            #expect(other.text.contains("<Code>InvalidAction</Code>"))
            let none = try await client.execute(uri: "/", method: .post)
            #expect(none.text.contains("<Code>MissingAction</Code>"))
        }
    }

    @Test("has a hint, a health check and a status report")
    func endpoints() async throws {
        try await server().test(.router) { client in
            let hint = try await client.execute(uri: "/", method: .get)
            #expect(hint.text.contains("AWS_ENDPOINT_URL"))
            let health = try await client.execute(uri: "/healthz", method: .get)
            #expect(health.text == "ok\n")
            let status = try await client.execute(uri: "/muster/v1/status", method: .get)
            #expect((status.members["clusters"] as? [NSObject])?.count == 1)
            let none = try await client.execute(uri: "/other", method: .get)
            #expect(none.status == .notFound)
        }
    }

    @Test("takes an operator's word on a mass silence")
    func massSilence() async throws {
        try await server().test(.router) { client in
            let taken = try await client.execute(
                uri: "/muster/v1/mass-silence", method: .post,
                body: ByteBuffer(string: #"{"decision": "hold"}"#))
            #expect(taken.status == .ok)
            let refused = try await client.execute(
                uri: "/muster/v1/mass-silence", method: .post, body: ByteBuffer(string: "{}"))
            #expect(refused.errorType == "InvalidParameterException")
        }
    }

    @Test("refuses what a web page posts", arguments: ["/", "/muster/v1/mass-silence"])
    func origin(_ path: String) async throws {
        try await server().test(.router) { client in
            var fields = headers("ListClusters")
            fields[.origin] = "https://example.com"
            let response = try await client.execute(uri: path, method: .post, headers: fields)
            #expect(response.status == .forbidden)
        }
    }
}
