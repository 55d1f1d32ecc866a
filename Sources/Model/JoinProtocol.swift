// How a worker gets its certificate and a new one, as Swift values; see `WorkerProtocol` for the
// rest.

/// A worker asks for its first certificate, or for one in place of one that has ended.
public struct JoinRequest: Hashable, Sendable {
    public var token: JoinTokenID
    /// What the manager knows the SHA-256 of.
    public var secret: [UInt8]
    /// What the worker calls itself.
    public var name: String
    /// The cluster it means to join; the token must be of that one.
    public var cluster: String
    /// Empty means the token's.
    public var region: String
    /// PKCS#10 in DER: the worker's public key, signed with its private one.
    public var certificateRequest: [UInt8]

    public init(
        token: JoinTokenID, secret: [UInt8], name: String, cluster: String, region: String = "",
        certificateRequest: [UInt8]
    ) {
        self.token = token
        self.secret = secret
        self.name = name
        self.cluster = cluster
        self.region = region
        self.certificateRequest = certificateRequest
    }
}

/// A worker asks for its next certificate, on the connection that the present one opened.
public struct RenewRequest: Hashable, Sendable {
    /// As in ``JoinRequest``, with the same key.
    public var certificateRequest: [UInt8]

    public init(certificateRequest: [UInt8]) {
        self.certificateRequest = certificateRequest
    }
}

/// The answer to both.
public struct IssuedCertificate: Hashable, Sendable {
    public var subject: WorkerSubject
    /// X.509 in DER: the worker's certificate, then what it takes to get to the authority's.
    public var chain: [[UInt8]]
    /// The authority's certificate, which is also the manager's root.
    public var authority: [UInt8]
    public var times: CertificateTimes

    public init(
        subject: WorkerSubject, chain: [[UInt8]], authority: [UInt8], times: CertificateTimes
    ) {
        self.subject = subject
        self.chain = chain
        self.authority = authority
        self.times = times
    }
}

/// When a certificate wants to be renewed and when it ends, in civil time: it has to hold over
/// restarts and between machines.
public struct CertificateTimes: Hashable, Sendable {
    public var renewAt: WallTime
    public var endsAt: WallTime

    public init(renewAt: WallTime, endsAt: WallTime) {
        self.renewAt = renewAt
        self.endsAt = endsAt
    }

    /// To be renewed when two thirds of its life are over, so that a third is left for a manager
    /// that can't be reached.
    public init(issuedAt: WallTime, endsAt: WallTime) {
        let life = endsAt.milliseconds - issuedAt.milliseconds
        self.init(
            renewAt: WallTime(milliseconds: issuedAt.milliseconds + life / 3 * 2), endsAt: endsAt)
    }
}
