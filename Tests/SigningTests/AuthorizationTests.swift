import Signing
import Testing

@Suite("Authorization header and times")
struct AuthorizationTests {
    static let scope = "20150830/us-east-1/ecs/aws4_request"

    @Test(
        "Any order, with or without white space",
        arguments: [
            "AWS4-HMAC-SHA256 Credential=K/\(scope), SignedHeaders=host;x-amz-date, Signature=ab",
            "AWS4-HMAC-SHA256 Signature=ab,SignedHeaders=host;x-amz-date,Credential=K/\(scope)",
            "AWS4-HMAC-SHA256 Credential=K/\(scope) ,\tSignedHeaders=host;x-amz-date,,Signature=ab",
        ])
    func read(_ header: String) throws {
        let authorization = try Authorization(header)
        #expect(authorization.accessKey == "K")
        #expect(authorization.scope.region == "us-east-1")
        #expect(authorization.scope.service == "ecs")
        #expect(authorization.signedHeaders == ["host", "x-amz-date"])
        #expect(authorization.signature == "ab")
        #expect(try Authorization(authorization.header) == authorization)
    }

    @Test(
        "What is not whole is told in AWS's words",
        arguments: [
            (
                "AWS4-HMAC-SHA256",
                """
                Authorization header requires 'Credential' parameter. Authorization header \
                requires 'Signature' parameter. Authorization header requires 'SignedHeaders' \
                parameter.
                """
            ),
            (
                "AWS4-HMAC-SHA256 Credential=K/\(scope), SignedHeaders=host, Signature=",
                "Authorization header requires 'Signature' parameter."
            ),
            (
                "AWS4-HMAC-SHA256 Credential=K/us-east-1, SignedHeaders=host, Signature=ab",
                """
                Credential must have exactly 5 slash-delimited elements, e.g. \
                keyid/date/region/service/term, got 'K/us-east-1'
                """
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=ab",
                "Authorization header has 'Credential' more than once."
            ),
            (
                "AWS4-HMAC-SHA256 Credential",
                """
                'Credential' not a valid key=value pair (missing equal-sign) in Authorization \
                header.
                """
            ),
        ])
    func incomplete(_ header: String, _ text: String) {
        #expect(throws: SignatureFault.incomplete(text)) { try Authorization(header) }
    }

    @Test("A scope that ends otherwise")
    func terminator() {
        let fault = SignatureFault.invalid(
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'.")
        #expect(throws: fault) {
            try Authorization(
                "AWS4-HMAC-SHA256 Credential=K/d/r/s/x, SignedHeaders=host, Signature=ab")
        }
    }

    @Test(
        "Times are read and written the same",
        arguments: [
            ("19700101T000000Z", 0), ("20150830T123600Z", 1_440_938_160),
            ("20240229T235959Z", 1_709_251_199), ("20000301T000000Z", 951_868_800),
            ("19691231T235959Z", -1), ("21000228T120000Z", 4_107_499_200),
        ])
    func times(_ text: String, _ seconds: Int64) throws {
        #expect(SignedTime(text)?.seconds == seconds)
        #expect(SignedTime(seconds: seconds).description == text)
    }

    @Test(
        "What is no time",
        arguments: [
            "", "20150830", "20150830T123600", "20150830T243600Z", "20230229T000000Z",
            "20151330T123600Z", "2015083OT123600Z", "20150830T123600+",
        ])
    func noTimes(_ text: String) {
        #expect(SignedTime(text) == nil)
    }
}
