import Signing

extension FuzzTarget {
    /// Signatures of requests, which strangers send.
    static let signatures = [
        FuzzTarget(name: "authorization") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let authorization = try? Authorization(text) else { return }
            precondition(!authorization.accessKey.isEmpty && !authorization.signature.isEmpty)
            guard let again = try? Authorization(authorization.header) else {
                preconditionFailure("what is written can't be read: \(authorization.header)")
            }
            precondition(again == authorization)
        },
        FuzzTarget(name: "signed-request") { bytes in
            // A target, a header's value, what is sent for a signature, and a body: each a line.
            let parts = bytes.split(
                separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false
            ).map { Array($0) }
            guard parts.count == 4 else { return }
            let texts = parts.map { String(decoding: $0, as: UTF8.self) }
            let request = SignedRequest(
                method: "POST", target: texts[0],
                headers: [.init("host", "h"), .init("x-amz-target", texts[1])], body: parts[3])
            let now = SignedTime(seconds: 1_440_938_160)
            let signer = Signer(accessKey: "K", secret: "s", region: "r", service: "ecs")
            guard let headers = try? signer.headers(for: request, at: now) else {
                preconditionFailure("a request can't be signed")
            }
            var signed = request
            signed.headers += headers
            let key = try? Verifier().verify(signed, for: ["ecs"], at: now) { _ in Secret { "s" } }
            precondition(key == "K", "what is signed well is not taken")
            signed.headers[signed.headers.count - 1].value = texts[2]
            let forged = try? Verifier().verify(signed, for: [], at: now) { _ in Secret { "t" } }
            precondition(forged == nil, "a signature was forged")
        },
    ]
}
