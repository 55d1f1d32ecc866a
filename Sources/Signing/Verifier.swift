import Synchronization

/// Tells whose request it is: checks Signature Version 4 in the `Authorization` header.
///
/// A request is believed when `host`, `x-amz-date` and every other header whose name starts with
/// `x-amz-` are signed, its date is within ``skewMaximum`` of now, its body is the one that was
/// signed, and the signature is made with the key's secret. One whose body is not signed counts
/// once: another body can't follow it. Whether the key may do what is asked is the caller's to
/// decide.
public final class Verifier: Sendable {
    /// Seconds that a request's date may be off.
    public static let skewMaximum: Int64 = 300
    /// Signing keys that are kept; at this number all are let go, and made anew when needed.
    public static let cacheMaximum = 1_024
    /// Requests without a signed body that are let in within twice ``skewMaximum``.
    public static let spentMaximum = 4_096
    /// Characters of each text that a refusal repeats.
    private static let echoMaximum = 8_192

    private struct CacheKey: Hashable {
        var accessKey: String
        var scope: CredentialScope
    }

    private let cache = Mutex<[CacheKey: SigningKey]>([:])
    private let spent = SpentSignatures()

    public init() {}

    /// - Parameters:
    ///   - services: Names that the request's scope may have; any when it is empty.
    ///   - secret: That of a key that is valid now; asked for with each request, so that a key that
    ///     was revoked is refused from then on.
    /// - Returns: The access key that signed the request.
    public func verify(
        _ request: SignedRequest, for services: [String], at now: SignedTime,
        secret: (String) -> Secret?
    ) throws(SignatureFault) -> String {
        guard let header = request.header("authorization") else { throw .missing }
        let authorization = try Authorization(header)
        guard request.header("x-amz-security-token") == nil,
            let secret = secret(authorization.accessKey)
        else { throw .unknownKey }
        guard let time = request.header("x-amz-date") else {
            throw .incomplete("Authorization header requires existence of 'X-Amz-Date' header.")
        }
        guard let date = SignedTime(time) else {
            throw .incomplete(
                "Date must be in ISO-8601 'basic format'. Got '\(time.prefix(64))'. See "
                    + "http://en.wikipedia.org/wiki/ISO_8601")
        }
        try check(authorization.scope, time: time, date: date, services)
        try checkHeaders(request, authorization.signedHeaders)
        try check(date, at: now)
        if let hash = request.header("x-amz-content-sha256"), hash != request.bodyHash {
            throw .invalid(
                "The value of 'x-amz-content-sha256' is not the SHA-256 of the request's body.")
        }
        let canonical = try request.canonical(signing: authorization.signedHeaders)
        let text = SigningKey.stringToSign(canonical, at: time, in: authorization.scope)
        let name = CacheKey(accessKey: authorization.accessKey, scope: authorization.scope)
        let known = cache.withLock { $0[name] }
        let key: SigningKey
        if let known {
            key = known
        } else if let secret = secret.reveal() {
            key = SigningKey(secret: secret, scope: authorization.scope)
        } else {
            throw .unknownKey
        }
        guard let signature = Hex.bytes(authorization.signature),
            key.isSignature(signature, of: text)
        else { throw Self.mismatch(canonical, text) }
        if known == nil { keep(key, as: name) }
        if request.bodyHash == SignedRequest.unsignedBody, !spent.spend(signature, at: now) {
            throw .invalid(
                "A request whose body is not signed counts once, and this one came before, or "
                    + "\(Self.spentMaximum) others came within \(Self.skewMaximum * 2) "
                    + "seconds. Make another.")
        }
        return authorization.accessKey
    }

    /// Only what signed a request: strangers can't fill the cache.
    private func keep(_ key: SigningKey, as name: CacheKey) {
        cache.withLock { cache in
            if cache.count >= Self.cacheMaximum { cache.removeAll() }
            cache[name] = key
        }
    }

    private func check(
        _ scope: CredentialScope, time: String, date: SignedTime, _ services: [String]
    ) throws(SignatureFault) {
        guard scope.date == date.date else {
            throw .invalid(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                    + "from HTTP: '\(scope.date.prefix(64))' != '\(date.date)', from '\(time)'.")
        }
        guard services.isEmpty || services.contains(scope.service) else {
            throw .invalid("Credential should be scoped to correct service: '\(services[0])'.")
        }
    }

    private func checkHeaders(
        _ request: SignedRequest, _ signed: [String]
    ) throws(SignatureFault) {
        if !signed.contains("host") {
            throw .invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.")
        }
        for header in request.headers
        where header.name.hasPrefix("x-amz-") && !signed.contains(header.name) {
            throw .invalid(
                "'\(header.name.prefix(64))' must be a 'SignedHeader' in the AWS Authorization.")
        }
        guard zip(signed, signed.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .invalid("The names in 'SignedHeaders' must be in lower case, sorted, each once.")
        }
    }

    private func check(_ date: SignedTime, at now: SignedTime) throws(SignatureFault) {
        let minutes = Self.skewMaximum / 60
        let earliest = now - Self.skewMaximum
        if date < earliest {
            throw .invalid(
                "Signature expired: \(date) is now earlier than \(earliest) (\(now) - \(minutes) "
                    + "min.)")
        }
        let latest = now + Self.skewMaximum
        if date > latest {
            throw .invalid(
                "Signature not yet current: \(date) is still later than \(latest) (\(now) + "
                    + "\(minutes) min.)")
        }
    }

    private static func mismatch(_ canonical: String, _ text: String) -> SignatureFault {
        .invalid(
            """
            The request signature we calculated does not match the signature you provided. Check \
            your AWS Secret Access Key and signing method. Consult the service documentation for \
            details.

            The Canonical String for this request should have been
            '\(canonical.prefix(echoMaximum))'

            The String-to-Sign should have been
            '\(text.prefix(echoMaximum))'

            """)
    }
}

/// The secret of an access key, for as long as it is not needed in clear.
public struct Secret: Sendable {
    let reveal: @Sendable () -> String?

    /// - Parameter reveal: `nil` when it can't be had any more.
    public init(_ reveal: @escaping @Sendable () -> String?) {
        self.reveal = reveal
    }
}
