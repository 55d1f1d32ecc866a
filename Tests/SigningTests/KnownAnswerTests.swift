import Signing
import Testing

/// Requests whose signatures others made: AWS in its documentation and test suite, and botocore.
@Suite("Known signatures")
struct KnownAnswerTests {
    static let key = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let time = "20150830T123600Z"

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var method = "GET"
        var target = "/"
        var host = "example.amazonaws.com"
        var headers: [(String, String)] = []
        var body = ""
        var region = "us-east-1"
        var service = "service"
        var signature: String

        var testDescription: String { name }

        var request: SignedRequest {
            SignedRequest(
                method: method, target: target,
                headers: headers.map { SignedRequest.Header($0.0, $0.1) } + [.init("host", host)],
                body: Array(body.utf8))
        }

        /// As the request comes in.
        var signed: SignedRequest {
            var request = request
            let names = Set(headers.map(\.0) + ["host", "x-amz-date"]).sorted()
            request.headers += [
                .init("x-amz-date", time),
                .init(
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=\(key)/20150830/\(region)/\(service)/aws4_request"
                        + ", SignedHeaders=\(names.joined(separator: ";"))"
                        + ", Signature=\(signature)"),
            ]
            return request
        }
    }

    static let form = "application/x-www-form-urlencoded; charset=utf-8"

    static let cases: [Case] = [
        Case(
            name: "AWS's documentation: IAM ListUsers",
            target: "/?Action=ListUsers&Version=2010-05-08", host: "iam.amazonaws.com",
            headers: [("content-type", form)], service: "iam",
            signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
        Case(
            name: "AWS's test suite: get-vanilla",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Case(
            name: "AWS's test suite: post-vanilla", method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Case(
            name: "AWS's test suite: get-vanilla-query-order-key-case",
            target: "/?Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Case(
            name: "botocore: ECS ListClusters", method: "POST", host: "127.0.0.1:4566",
            headers: [
                ("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListClusters"),
                ("content-type", "application/x-amz-json-1.1"),
            ], body: "{}", service: "ecs",
            signature: "d6790525c868bb3acb14a8b95348bac16bfe1b9f09b3fb04aa0f92f0466f6fed"),
        Case(
            name: "botocore: STS GetCallerIdentity", method: "POST", host: "127.0.0.1:4566",
            headers: [("content-type", form)],
            body: "Action=GetCallerIdentity&Version=2011-06-15", region: "eu-west-3",
            service: "sts",
            signature: "bddd9ca0550829e3c5304162cef22f1dd40c26443cd47fca2eb400bb8686bd84"),
        Case(
            name: "botocore: spaces in the path, the query and a header",
            target: "/a/b%20c/?b=2&a=1&a=%20x&c=", headers: [("my-header", "  a   b  c ")],
            signature: "8efdee8a4552cfe62e602c15cafdeed755b66ff25ca46a4615e0d8174bd680a3"),
        Case(
            name: "botocore: one of Muster's own", method: "POST", target: "/muster/v1/keys",
            host: "127.0.0.1:4566", headers: [("content-type", "application/json")],
            body: #"{"name":"größe"}"#, service: "muster",
            signature: "6eac7ceeafe84cafaddff13fe86d4f1cd94e9251044c2652b324e311ff912eb0"),
    ]

    @Test("are taken", arguments: cases)
    func taken(_ known: Case) throws {
        let signer = try Verifier().verify(
            known.signed, for: [known.service], at: try #require(SignedTime(Self.time))
        ) { $0 == Self.key ? Secret { Self.secret } : nil }
        #expect(signer == Self.key)
    }

    @Test("are made", arguments: cases)
    func made(_ known: Case) throws {
        let signer = Signer(
            accessKey: Self.key, secret: Self.secret, region: known.region,
            service: known.service)
        let headers = try signer.headers(
            for: known.request, at: try #require(SignedTime(Self.time)))
        #expect(headers.last?.value.hasSuffix("Signature=\(known.signature)") == true)
        #expect("\(signer)" == "access key AKIDEXAMPLE")
    }

    @Test(
        "Any change of a request is seen",
        arguments: ["method", "target", "host", "x-amz-target", "body", "date", "region"])
    func changed(_ what: String) throws {
        let known = try #require(Self.cases.first { $0.service == "ecs" })
        var request = known.signed
        func set(_ name: String, _ value: (String) -> String) {
            for index in request.headers.indices where request.headers[index].name == name {
                request.headers[index].value = value(request.headers[index].value)
            }
        }
        switch what {
        case "method": request.method = "PUT"
        case "target": request.target = "/?a=b"
        case "host": set("host") { _ in "127.0.0.1:4567" }
        case "x-amz-target": set("x-amz-target") { $0.replacing("List", with: "Delete") }
        case "body":
            request.bodyHash =
                SignedRequest(method: "", target: "", headers: [], body: Array("{} ".utf8)).bodyHash
        case "date": set("x-amz-date") { _ in "20150830T123601Z" }
        default: set("authorization") { $0.replacing("us-east-1", with: "us-east-2") }
        }
        let time = try #require(SignedTime(Self.time))
        let fault = #expect(throws: SignatureFault.self) {
            try Verifier().verify(request, for: ["ecs"], at: time) { _ in Secret { Self.secret } }
        }
        guard case .invalid(let text) = fault else {
            Issue.record("not an invalid signature: \(String(describing: fault))")
            return
        }
        #expect(text.hasPrefix("The request signature we calculated does not match the signature"))
        #expect(text.contains("The Canonical String for this request should have been\n'"))
        #expect(text.contains("The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n"))
        #expect(!text.contains(Self.secret))
    }
}
