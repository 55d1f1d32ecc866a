import APIServer
import ClusterState
import ECSAPI
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import ManagerCore
import Model
import NIOCore
import Signing
import Testing

/// Three keys: for everything, for reading, and a revoked one. The secret of each is its id.
struct Keeper: AccessKeyKeeper {
    static let full = key("MUSTERAAAAAAAAAAFULL", isReadOnly: false)
    static let reading = key("MUSTERAAAAAAAAAAREAD", isReadOnly: true)
    static let revoked = key("MUSTERAAAAAAAAAAGONE", isReadOnly: false, revokedAt: TestPlane.noon)
    static let keys: [Change] = [full, reading, revoked].map { .accessKey($0) }

    private static func key(
        _ id: String, isReadOnly: Bool, revokedAt: WallTime? = nil
    ) -> AccessKey {
        guard let id = AccessKeyID(id) else { preconditionFailure("no id: \(id)") }
        return AccessKey(
            id: id, name: isReadOnly ? "dashboard" : "", isReadOnly: isReadOnly,
            secret: SealedSecret(text: ""), createdAt: TestPlane.noon, revokedAt: revokedAt)
    }

    func makeAccessKey(
        named name: String, isReadOnly: Bool
    ) async throws(APIError) -> (key: AccessKey, secret: String) { (Self.full, "secret") }

    func secret(of key: AccessKey) -> String? { "\(key.id)" }
}

@Suite("Signatures at the gate")
struct GateTests {
    static let now = SignedTime(seconds: 1_735_732_800)

    private func gated(
        _ keys: [Change] = Keeper.keys, settings: ManagerSettings = .init()
    ) -> some ApplicationProtocol {
        var configuration = APIServer.Configuration(
            port: 0, account: "123456789012", defaultRegion: "us-east-1", settings: settings)
        configuration.now = { Self.now }
        return APIServer(
            configuration: configuration,
            controlPlane: TestPlane([.cluster(TestPlane.cluster)] + keys), keys: Keeper(),
            logger: quiet
        ).application()
    }

    /// A request as a client sends it.
    struct Call: Sendable {
        var method = HTTPRequest.Method.post
        var path = "/"
        var headers: HTTPFields = [:]
        var body = "{}"
        var service = "ecs"
        var isBodySigned = true

        static func ecs(_ operation: String, _ body: String = "{}") -> Call {
            Call(headers: APIServerTests.headers(operation), body: body)
        }

        static func logs(_ operation: String, service: String = "logs") -> Call {
            var headers = APIServerTests.headers(operation)
            headers[named: "x-amz-target"] = "Logs_20140328.\(operation)"
            return Call(headers: headers, body: #"{"logGroupName": "none"}"#, service: service)
        }

        static func sts(_ action: String) -> Call {
            Call(
                headers: [.contentType: "application/x-www-form-urlencoded; charset=utf-8"],
                body: "Action=\(action)&Version=2011-06-15", service: "sts")
        }

        static func own(_ method: HTTPRequest.Method, _ path: String) -> Call {
            Call(method: method, path: path, service: "muster")
        }

        func signed(
            _ key: AccessKeyID, secret: String? = nil, at time: SignedTime = now,
            region: String = "us-east-1"
        ) throws -> Call {
            let signer = Signer(
                accessKey: "\(key)", secret: secret ?? "\(key)", region: region, service: service)
            let own = headers.map { SignedRequest.Header($0.name.canonicalName, $0.value) }
            var request = SignedRequest(
                method: method.rawValue, target: path,
                headers: own + [.init("host", "localhost")], body: Array(body.utf8))
            if !isBodySigned { request.bodyHash = SignedRequest.unsignedBody }
            var call = self
            for header in try signer.headers(for: request, at: time) {
                call.headers[named: header.name] = header.value
            }
            return call
        }

        func send(_ client: some TestClientProtocol) async throws -> TestResponse {
            try await client.execute(
                uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
        }
    }

    @Test("Without a key nobody needs a signature")
    func keyless() async throws {
        try await gated([]).test(.router) { client in
            let listed = try await Call.ecs("ListClusters").send(client)
            #expect(listed.status == .ok)
            let status = try await Call.own(.get, "/muster/v1/status").send(client)
            #expect(status.status == .ok)
        }
    }

    @Test("A right signature is taken by every protocol, and its scope tells the region")
    func right() async throws {
        try await gated().test(.router) { client in
            for (region, count) in [("us-east-1", 1), ("eu-west-1", 0)] {
                let listed = try await Call.ecs("ListClusters")
                    .signed(Keeper.full.id, region: region).send(client)
                #expect((listed.members["clusterArns"] as? [String])?.count == count)
            }
            let written = try await Call.ecs("CreateCluster", #"{"clusterName":"a"}"#)
                .signed(Keeper.full.id).send(client)
            #expect(written.status == .ok)
            let who = try await Call.sts("GetCallerIdentity").signed(Keeper.reading.id).send(client)
            #expect(who.status == .ok && who.text.contains("<Account>123456789012</Account>"))
            for call in [Call.own(.get, "/muster/v1/keys"), .own(.post, "/muster/v1/keys")] {
                let own = try await call.signed(Keeper.full.id).send(client)
                #expect(own.status == .ok, "\(own.text)")
            }
        }
    }

    @Test("Requests that nobody can sign are answered; all others need it, unknown ones too")
    func open() async throws {
        try await gated().test(.router) { client in
            for path in ["/", "/healthz", "/metrics"] {
                let answer = try await Call(method: .get, path: path).send(client)
                #expect(answer.status == .ok)
            }
            for call in [
                Call.own(.get, "/muster/v1/status"), .own(.get, "/muster/v1/keys"),
                .own(.post, "/muster/v1/keys"), .own(.post, "/_muster/reset"),
                .own(.get, "/_muster/else"), .own(.post, "/metrics"), .ecs("ListClusters"),
            ] {
                let response = try await call.send(client)
                #expect(response.status == .badRequest)
                #expect(response.errorType == "MissingAuthenticationTokenException")
                #expect(response.members["message"] == "Missing Authentication Token" as NSString)
            }
        }
    }

    @Test("Each refusal has the form of its protocol")
    func refusals() async throws {
        let invalid = "The security token included in the request is invalid."
        let mismatch =
            "The request signature we calculated does not match the signature you provided."
        try await gated().test(.router) { client in
            for base in [Call.ecs("ListClusters"), .sts("GetCallerIdentity")] {
                let isQuery = base.service == "sts"
                var headerless = base
                headerless.headers[.authorization] = "AWS4-HMAC-SHA256 Credential=a"
                let unknown = try #require(AccessKeyID("MUSTERAAAAAAAAAANONE"))
                for (call, json, query, text) in [
                    (
                        base, "MissingAuthenticationTokenException", "MissingAuthenticationToken",
                        "Missing Authentication Token"
                    ),
                    (
                        headerless, "IncompleteSignatureException", "IncompleteSignature",
                        "Authorization header requires 'Signature' parameter."
                    ),
                    (
                        try base.signed(unknown), "UnrecognizedClientException",
                        "InvalidClientTokenId", invalid
                    ),
                    (
                        try base.signed(Keeper.revoked.id), "UnrecognizedClientException",
                        "InvalidClientTokenId", invalid
                    ),
                    (
                        try base.signed(Keeper.full.id, secret: "x"), "InvalidSignatureException",
                        "SignatureDoesNotMatch", mismatch
                    ),
                    (
                        try base.signed(Keeper.full.id, at: SignedTime(seconds: 1_735_732_499)),
                        "InvalidSignatureException", "SignatureDoesNotMatch",
                        "Signature expired: 20250101T115459Z is now earlier than 20250101T115500Z "
                            + "(20250101T120000Z - 5 min.)"
                    ),
                ] {
                    let response = try await call.send(client)
                    guard isQuery else {
                        #expect(response.status == .badRequest && response.errorType == json)
                        let message = response.members["message"] as? String
                        #expect(message?.hasPrefix(text) == true, "\(response.text)")
                        continue
                    }
                    #expect(response.status == .forbidden)
                    #expect(response.text.contains("<Code>\(query)</Code>"), "\(response.text)")
                    let words =
                        query == "MissingAuthenticationToken"
                        ? "Request is missing Authentication Token" : text
                    #expect(response.text.contains("<Message>\(words)"), "\(response.text)")
                }
            }
        }
    }

    @Test("A read-only key asks, and changes nothing")
    func readOnly() async throws {
        try await gated().test(.router) { client in
            for call in [
                Call.ecs("ListClusters"), .ecs("DescribeClusters"), .sts("GetCallerIdentity"),
                .own(.get, "/muster/v1/status"), .own(.get, "/muster/v1/keys"),
                .own(.post, "/muster/v1/status"),
            ] {
                let response = try await call.signed(Keeper.reading.id).send(client)
                #expect(response.status == .ok, "\(call) \(response.text)")
            }
            for (call, action) in [
                (Call.ecs("CreateCluster"), "ecs:CreateCluster"), (.ecs("RunTask"), "ecs:RunTask"),
                (.ecs("UpdateService"), "ecs:UpdateService"),
                (.own(.post, "/muster/v1/keys"), "muster:POST /muster/v1/keys"),
                (.own(.post, "/muster/v1/join-tokens"), "muster:POST /muster/v1/join-tokens"),
                (.own(.post, "/_muster/reset"), "muster:POST /_muster/reset"),
            ] {
                let response = try await call.signed(Keeper.reading.id).send(client)
                #expect(response.status == .badRequest)
                #expect(response.errorType == "AccessDeniedException")
                #expect(
                    response.members["message"] as? String
                        == "User: arn:aws:iam::123456789012:user/dashboard is not authorized to "
                        + "perform: \(action) because access key MUSTERAAAAAAAAAAREAD is "
                        + "read-only. Use another key for this.")
            }
            let denied = try await Call.sts("AssumeRole").signed(Keeper.reading.id).send(client)
            #expect(
                denied.status == .forbidden && denied.text.contains("<Code>AccessDenied</Code>"))
        }
    }

    @Test("Logs are read with a read-only key, signed for their service, and not changed")
    func readOnlyLogs() async throws {
        try await gated().test(.router) { client in
            for (call, error) in [
                (Call.logs("DescribeLogStreams"), "ResourceNotFoundException"),
                (.logs("FilterLogEvents"), "ServiceUnavailableException"),
                (.logs("GetLogEvents"), "ServiceUnavailableException"),
                (.logs("PutLogEvents"), "AccessDeniedException"),
                (.logs("DescribeLogGroups", service: "ecs"), "InvalidSignatureException"),
                (.own(.post, "/muster/v1/logs"), "SerializationException"),
            ] {
                let response = try await call.signed(Keeper.reading.id).send(client)
                #expect(response.errorType == error, "\(call) \(response.text)")
            }
            let groups = try await Call.logs("DescribeLogGroups").signed(Keeper.reading.id)
                .send(client)
            #expect(groups.status == .ok && groups.text == #"{"logGroups":[]}"#)
        }
    }

    @Test("The body of a command is not signed, and every other is; a read-only key may run none")
    func unsignedBody() async throws {
        try await gated().test(.router) { client in
            for (path, isBodySigned, key, error) in [
                ("exec", false, Keeper.full, "InvalidParameterException"),
                ("exec", true, Keeper.full, "InvalidSignatureException"),
                ("exec?order=x", false, Keeper.full, "SerializationException"),
                ("exec", false, Keeper.reading, "AccessDeniedException"),
                ("keys", false, Keeper.full, "InvalidSignatureException"),
            ] {
                var call = Call.own(.post, "/muster/v1/" + path)
                call.isBodySigned = isBodySigned
                let response = try await call.signed(key.id).send(client)
                #expect(response.errorType == error, "\(path) \(response.text)")
            }
        }
    }

    @Test("When every key is revoked nobody gets in")
    func allRevoked() async throws {
        try await gated([.accessKey(Keeper.revoked)]).test(.router) { client in
            let unsigned = try await Call.ecs("ListClusters").send(client)
            #expect(unsigned.errorType == "MissingAuthenticationTokenException")
            let signed = try await Call.ecs("ListClusters").signed(Keeper.revoked.id).send(client)
            #expect(signed.errorType == "UnrecognizedClientException")
        }
    }

    @Test(
        "A body over the limit is refused before anything is checked, and the keys list no secret")
    func bodies() async throws {
        try await gated().test(.router) { client in
            var large = Call.ecs("ListClusters")
            large.body = String(repeating: " ", count: Limits().bodyMaximum + 1)
            let refusal = try await large.send(client)
            #expect(refusal.status == .contentTooLarge)
            let list = try await Call.own(.get, "/muster/v1/keys").signed(Keeper.reading.id)
                .send(client)
            let report = try JSONDecoder().decode(
                AccessKeyReport.self, from: Data(list.body.readableBytesView))
            #expect(report.keys.count == 3 && !list.text.contains("secret"))
        }
    }

    @Test("A reset is not there unless the manager was told so")
    func reset() async throws {
        try await gated([]).test(.router) { client in
            let response = try await Call.own(.post, "/_muster/reset").send(client)
            #expect(response.status == .notFound && response.text.contains("--enable-test-reset"))
        }
        var settings = ManagerSettings()
        settings.allowsReset = true
        try await gated([], settings: settings).test(.router) { client in
            let reset = try await Call.own(.post, "/_muster/reset").send(client)
            #expect(reset.status == .ok)
        }
    }
}
