import CWire
import Model

// How a worker gets its certificate.

extension JoinRequest: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__JoinRequest>?) -> Void {
        muster__v1__join_request__init
    }
    static var messageName: String { "JoinRequest" }

    func write(to message: inout Muster__V1__JoinRequest, _ encoder: Encoder) throws(WireError) {
        message.token = try encoder.identifier(token)
        message.secret = try encoder.bytes(secret)
        message.name = try encoder.string(name, "name")
        message.cluster = try encoder.string(cluster, "cluster")
        message.region = try encoder.string(region, "region")
        message.certificate_request = try encoder.bytes(certificateRequest)
    }

    init(reading message: Muster__V1__JoinRequest, _ decoder: Decoder) throws(WireError) {
        let name = try decoder.string(message.name, "name")
        let cluster = try decoder.string(message.cluster, "cluster")
        guard !name.isEmpty else { throw .invalid(field: "name", problem: "is empty") }
        guard !cluster.isEmpty else { throw .invalid(field: "cluster", problem: "is empty") }
        self.init(
            token: try decoder.identifier(message.token, "token"),
            secret: try decoder.bytes(message.secret, "secret", WireLimits.secret),
            name: name, cluster: cluster, region: try decoder.string(message.region, "region"),
            certificateRequest: try decoder.bytes(
                message.certificate_request, "certificate_request", WireLimits.certificateRequest))
    }
}

extension RenewRequest: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__RenewRequest>?) -> Void {
        muster__v1__renew_request__init
    }
    static var messageName: String { "RenewRequest" }

    func write(to message: inout Muster__V1__RenewRequest, _ encoder: Encoder) throws(WireError) {
        message.certificate_request = try encoder.bytes(certificateRequest)
    }

    init(reading message: Muster__V1__RenewRequest, _ decoder: Decoder) throws(WireError) {
        self.init(
            certificateRequest: try decoder.bytes(
                message.certificate_request, "certificate_request", WireLimits.certificateRequest))
    }
}

extension IssuedCertificate: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__IssuedCertificate>?) -> Void {
        muster__v1__issued_certificate__init
    }
    static var messageName: String { "IssuedCertificate" }

    func write(
        to message: inout Muster__V1__IssuedCertificate, _ encoder: Encoder
    ) throws(WireError) {
        message.worker = try encoder.identifier(subject.worker)
        message.region = try encoder.string(subject.region, "region")
        message.cluster = try encoder.string(subject.cluster, "cluster")
        message.n_chain = chain.count
        message.chain = try encoder.bytes(chain)
        message.authority = try encoder.bytes(authority)
        message.renew_at = times.renewAt.milliseconds
        message.ends_at = times.endsAt.milliseconds
    }

    init(reading message: Muster__V1__IssuedCertificate, _ decoder: Decoder) throws(WireError) {
        guard WireLimits.chain.contains(message.n_chain) else {
            throw .invalid(field: "chain", problem: "has \(message.n_chain) certificates")
        }
        self.init(
            subject: WorkerSubject(
                region: try decoder.string(message.region, "region"),
                cluster: try decoder.string(message.cluster, "cluster"),
                worker: try decoder.identifier(message.worker, "worker")),
            chain: try decoder.bytes(
                message.chain, message.n_chain, "chain", WireLimits.certificate),
            authority: try decoder.bytes(message.authority, "authority", WireLimits.certificate),
            times: CertificateTimes(
                renewAt: try decoder.wallTime(message.renew_at, "renew_at"),
                endsAt: try decoder.wallTime(message.ends_at, "ends_at")))
    }
}
