import Signing
import Testing

/// What the verifier does not take, and its words.
@Suite("Verifier")
struct VerifierTests {
    typealias Header = SignedRequest.Header
    static let now = SignedTime(seconds: 1_440_938_160)
    static let unsigned = SignedRequest(
        method: "POST", target: "/",
        headers: [
            Header("host", "h:1"), Header("x-amz-target", "T.RunTask"), Header("accept", "*/*"),
        ],
        body: Array("{}".utf8))

    /// A request that is good but for what `change` makes of it after it was signed.
    static func request(
        _ base: SignedRequest = unsigned, key: String = "K", secret: String = "s",
        service: String = "ecs", at time: SignedTime = now,
        _ change: (inout SignedRequest) -> Void = { _ in }
    ) throws -> SignedRequest {
        let signer = Signer(accessKey: key, secret: secret, region: "r-1", service: service)
        var request = base
        request.headers += try signer.headers(for: base, at: time)
        change(&request)
        return request
    }

    static func verify(
        _ request: SignedRequest, services: [String] = ["ecs"], at time: SignedTime = now
    ) throws(SignatureFault) -> String {
        try Verifier().verify(request, for: services, at: time) { key in
            key == "K" ? Secret { "s" } : key == "lost" ? Secret { nil } : nil
        }
    }

    static func fault(
        _ request: SignedRequest, services: [String] = ["ecs"], at time: SignedTime = now
    ) -> SignatureFault? {
        do {
            _ = try verify(request, services: services, at: time)
            return nil
        } catch {
            return error
        }
    }

    @Test("A right signature tells whose request it is, for any of its services")
    func right() throws {
        #expect(try Self.verify(Self.request()) == "K")
        #expect(try Self.verify(Self.request(), services: []) == "K")
        #expect(try Self.verify(Self.request(), services: ["muster", "ecs"]) == "K")
    }

    @Test("Unsigned, and signed by other schemes")
    func missing() throws {
        #expect(Self.fault(Self.unsigned) == .missing)
        for other in ["Bearer x", "Basic x", "AWS4-HMAC-SHA256X Credential=a", "AWS4-ECDSA a=b"] {
            let request = try Self.request { $0.headers[4].value = other }
            #expect(Self.fault(request) == .missing, "\(other)")
        }
    }

    @Test("Keys that are unknown, can't be unsealed, or belong to a session")
    func unknownKey() throws {
        #expect(Self.fault(try Self.request(key: "other")) == .unknownKey)
        #expect(Self.fault(try Self.request(key: "lost")) == .unknownKey)
        let session = try Self.request { $0.headers.append(Header("x-amz-security-token", "t")) }
        #expect(Self.fault(session) == .unknownKey)
    }

    @Test("A wrong secret")
    func wrongSecret() throws {
        guard case .invalid(let text) = Self.fault(try Self.request(secret: "t")) else {
            Issue.record("taken")
            return
        }
        #expect(
            text.hasPrefix(
                """
                The request signature we calculated does not match the signature you provided. \
                Check your AWS Secret Access Key and signing method. Consult the service \
                documentation for details.

                The Canonical String for this request should have been
                'POST
                /

                accept:*/*
                host:h:1
                x-amz-date:20150830T123600Z
                x-amz-target:T.RunTask

                accept;host;x-amz-date;x-amz-target
                44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'

                The String-to-Sign should have been
                'AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/r-1/ecs/aws4_request

                """))
    }

    @Test("A date is taken within five minutes of now, to the second")
    func skew() throws {
        #expect(Self.fault(try Self.request(), at: SignedTime(seconds: 1_440_938_460)) == nil)
        #expect(Self.fault(try Self.request(), at: SignedTime(seconds: 1_440_937_860)) == nil)
        #expect(
            Self.fault(try Self.request(), at: SignedTime(seconds: 1_440_938_461))
                == .invalid(
                    "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
                        + "(20150830T124101Z - 5 min.)"))
        #expect(
            Self.fault(try Self.request(), at: SignedTime(seconds: 1_440_937_859))
                == .invalid(
                    "Signature not yet current: 20150830T123600Z is still later than "
                        + "20150830T123559Z (20150830T123059Z + 5 min.)"))
    }

    @Test("A scope of another day or another service")
    func scope() throws {
        #expect(
            Self.fault(try Self.request(service: "iam"))
                == .invalid("Credential should be scoped to correct service: 'ecs'."))
        let day = try Self.request {
            $0.headers[4].value = $0.headers[4].value.replacing("/20150830/", with: "/20150831/")
        }
        #expect(
            Self.fault(day)
                == .invalid(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                        + "date from HTTP: '20150831' != '20150830', from '20150830T123600Z'."))
    }

    @Test("Host and every x-amz-… header must be signed, and what is signed must be there")
    func headers() throws {
        let added = try Self.request { $0.headers.append(Header("x-amz-evil", "1")) }
        #expect(
            Self.fault(added)
                == .invalid("'x-amz-evil' must be a 'SignedHeader' in the AWS Authorization."))
        let hostless = try Self.request {
            $0.headers[4].value = $0.headers[4].value.replacing("host;", with: "")
        }
        #expect(
            Self.fault(hostless)
                == .invalid("'Host' must be a 'SignedHeader' in the AWS Authorization."))
        let gone = try Self.request { $0.headers.remove(at: 2) }
        #expect(
            Self.fault(gone)
                == .invalid(
                    "The header 'accept' is a 'SignedHeader' in the AWS Authorization and is not "
                        + "in the request."))
        let twice = try Self.request {
            $0.headers[4].value = $0.headers[4].value.replacing("host;", with: "host;host;")
        }
        #expect(
            Self.fault(twice)
                == .invalid(
                    "The names in 'SignedHeaders' must be in lower case, sorted, each once."))
    }

    @Test("A body's hash that is sent must be right")
    func bodyHash() throws {
        for (hash, isRight) in [(Self.unsigned.bodyHash, true), ("UNSIGNED-PAYLOAD", false)] {
            var base = Self.unsigned
            base.headers.append(Header("x-amz-content-sha256", hash))
            #expect((Self.fault(try Self.request(base)) == nil) == isRight)
        }
    }

    @Test("A body that is not signed is not where one was expected, and the other way round")
    func unsignedBody() throws {
        var base = Self.unsigned
        base.headers.append(Header("x-amz-content-sha256", SignedRequest.unsignedBody))
        base.bodyHash = SignedRequest.unsignedBody
        #expect(Self.fault(try Self.request(base)) == nil)
        #expect(Self.fault(try Self.request(base) { $0.bodyHash = Self.unsigned.bodyHash }) != nil)
        let signed = try Self.request { $0.bodyHash = SignedRequest.unsignedBody }
        #expect(Self.fault(signed) != nil)
    }

    @Test("A date that is missing or has another form")
    func date() throws {
        let none = try Self.request { $0.headers.removeAll { $0.name == "x-amz-date" } }
        #expect(
            Self.fault(none)
                == .incomplete(
                    "Authorization header requires existence of 'X-Amz-Date' header."))
        let odd = try Self.request { $0.headers[3].value = "Sun, 30 Aug 2015 12:36:00 GMT" }
        guard case .incomplete(let text) = Self.fault(odd) else {
            Issue.record("taken")
            return
        }
        #expect(text.hasPrefix("Date must be in ISO-8601 'basic format'. Got 'Sun, 30 Aug 2015"))
    }

    @Test("A key that is no longer there is refused though its signing key is kept")
    func revoked() throws {
        let verifier = Verifier()
        let request = try Self.request()
        for secret in [Secret { "s" }, Secret { "s" }, nil] {
            let taken = try? verifier.verify(request, for: [], at: Self.now) { _ in secret }
            #expect((taken != nil) == (secret != nil))
        }
    }

    @Test("A request whose body is not signed counts once, while it would still be let in")
    func once() throws {
        let verifier = Verifier()
        var base = Self.unsigned
        base.bodyHash = SignedRequest.unsignedBody
        let taken = { (request: SignedRequest, time: SignedTime) in
            (try? verifier.verify(request, for: [], at: time) { _ in Secret { "s" } }) != nil
        }
        let request = try Self.request(base)
        #expect(taken(request, Self.now))
        #expect(!taken(request, Self.now))
        let late = SignedTime(seconds: Self.now.seconds + Verifier.skewMaximum)
        #expect(!taken(request, late))
        // What is signed as a whole may come again.
        let whole = try Self.request()
        #expect(taken(whole, Self.now) && taken(whole, Self.now))
        // There is a bound, which time makes room in.
        for number in 1..<Verifier.spentMaximum {
            base.target = "/\(number)"
            #expect(taken(try Self.request(base), Self.now))
        }
        base.target = "/full"
        #expect(!taken(try Self.request(base), Self.now))
        let later = SignedTime(seconds: Self.now.seconds + 2 * Verifier.skewMaximum + 1)
        #expect(taken(try Self.request(base, at: later), later))
    }

    @Test("Signing keys that are kept are bounded, and let go of without harm")
    func bounded() throws {
        let verifier = Verifier()
        for number in 0...Verifier.cacheMaximum + 10 {
            let key = "K\(number)"
            let request = try Self.request(key: key)
            let taken = try verifier.verify(request, for: [], at: Self.now) { _ in Secret { "s" } }
            #expect(taken == key)
        }
    }
}
