/// Signs requests with an access key. Its description does not tell the secret.
public struct Signer: Sendable, CustomStringConvertible {
    public let accessKey: String
    private let secret: String
    private let region: String
    private let service: String

    public init(accessKey: String, secret: String, region: String, service: String) {
        self.accessKey = accessKey
        self.secret = secret
        self.region = region
        self.service = service
    }

    /// The headers that a request needs beside its own, all of which are signed.
    public func headers(
        for request: SignedRequest, at now: SignedTime
    ) throws(SignatureFault) -> [SignedRequest.Header] {
        let date = SignedRequest.Header("x-amz-date", "\(now)")
        var request = request
        request.headers.append(date)
        let names = Set(request.headers.map(\.name)).sorted()
        let scope = CredentialScope(date: now.date, region: region, service: service)
        let text = SigningKey.stringToSign(
            try request.canonical(signing: names), at: "\(now)", in: scope)
        let signature = SigningKey(secret: secret, scope: scope).signature(of: text)
        let authorization = Authorization(
            accessKey: accessKey, scope: scope, signedHeaders: names, signature: signature)
        return [date, SignedRequest.Header("authorization", authorization.header)]
    }

    public var description: String { "access key \(accessKey)" }
}

extension Authorization {
    init(
        accessKey: String, scope: CredentialScope, signedHeaders: [String], signature: String
    ) {
        self.accessKey = accessKey
        self.scope = scope
        self.signedHeaders = signedHeaders
        self.signature = signature
    }
}
