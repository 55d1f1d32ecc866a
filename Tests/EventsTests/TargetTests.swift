import Events
import Testing

@Suite("The address of a webhook")
struct WebhookTargetTests {
    @Test(
        "It is taken apart, and shown without what may be secret",
        arguments: [
            ("http://example.com", "http://example.com", 80),
            ("https://example.com/a/b?token=s3cret", "https://example.com", 443),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080", 8_080),
            ("HTTP://[::1]:99/", "http://[::1]:99", 99),
        ])
    func parts(url: String, shown: String, port: Int) throws {
        let target = try WebhookTarget(url)
        #expect("\(target)" == shown && target.port == port)
    }

    @Test(
        "What can't be posted to is refused with what could",
        arguments: [
            "", "example.com", "ftp://example.com/", "http://", "http:///path",
            "http://user:pass@example.com/", "http://example.com/#part", "http://example.com:0/",
            "http://example.com:70000/",
        ])
    func refused(url: String) throws {
        #expect(throws: WebhookTarget.Fault.self) { try WebhookTarget(url) }
    }
}
