import ClusterState
import Foundation
import HashTreeCollections
import Identity
import LogSupport
import Manager
import ManagerCore
import Model
import RPC
import Testing
import Wire

@Suite("A manager with mutual TLS on loopback", .serialized, .timeLimit(.minutes(1)))
struct MutualTLSTests {
    @Test("A worker joins with a token, registers with its certificate, and renews it")
    func wholeWay() async throws {
        try await SecureSite.run { site in
            let token = try await site.token()
            let worker = try await site.worker("one", token)
            try await worker.beat()
            let instance = site.node.snapshot().instances[worker.registered.instance]
            #expect(instance?.worker == worker.credential.subject.worker)
            let request = RenewRequest(
                certificateRequest: try worker.credential.key.certificateRequest())
            let answer = try await worker.connection.unary(
                WorkerService.renew, WireCodec.encode(request), timeout: .seconds(10))
            let next = try WorkerCredential(
                key: worker.credential.key, issued: WireCodec.decodeIssuedCertificate(answer),
                authority: token.authority)
            #expect(next.subject == worker.credential.subject)
            let again = try await site.connect(next)
            try await worker.beat()
            await again.close()
            await worker.connection.close()
        }
    }

    @Test("Who shows no certificate can join and nothing else, and is told so")
    func anonymous() async throws {
        try await SecureSite.run { site in
            let worker = try await site.worker("one", try await site.token())
            let session = worker.registered.session
            let key = WorkerKey()
            let calls: [(String, [UInt8])] = [
                (
                    WorkerService.register,
                    try WireCodec.encode(SecureSite.registration("two"))
                ),
                (
                    WorkerService.heartbeat,
                    try WireCodec.encode(
                        Heartbeat(session: session, sequence: 9, acknowledged: 1))
                ),
                (
                    WorkerService.reportStatus,
                    try WireCodec.encode(StatusReport(session: session, tasks: []))
                ),
                (
                    WorkerService.renew,
                    try WireCodec.encode(
                        RenewRequest(certificateRequest: try key.certificateRequest()))
                ),
            ]
            let connection = try await site.connectAnonymously()
            for (method, message) in calls {
                let status = await status {
                    _ = try await connection.unary(method, message, timeout: .seconds(10))
                }
                #expect(status.code == .unauthenticated, "\(method)")
                #expect(status.message.contains("call Join with a token first"))
            }
            let status = await status {
                let stream = connection.serverStream(
                    WorkerService.assignments,
                    try WireCodec.encode(AssignmentsRequest(session: session)))
                for try await _ in stream {}
            }
            #expect(status.code == .unauthenticated)
            let told = site.book.lines(with: "call without a certificate refused", "peer=127.0.0.1")
            #expect(told.count == 1, "once a connection")
            try await worker.beat()
            await connection.close()
            await worker.connection.close()
        }
    }

    @Test("A token that is forged, expired, revoked or another cluster's lets nobody in")
    func badTokens() async throws {
        try await SecureSite.run { site in
            let good = try await site.token()
            let forged = JoinTokenText(
                id: good.id, secret: JoinTokenText.newSecret(), authority: good.authority)
            let first = await status { _ = try await site.join(forged, as: "forger") }
            #expect(first.code == .unauthenticated)
            #expect(first.message.contains("knows no such join token"))
            #expect(site.book.lines(with: "worker may not join", "worker=forger").count == 1)

            let revoked = try await site.token()
            _ = try await site.node.submit(.revokeJoinToken(revoked.id))
            let second = await status { _ = try await site.join(revoked, as: "late") }
            #expect(second.code == .unauthenticated && second.message.contains("was revoked"))
            #expect(site.book.lines(with: "worker may not join", "late", "was revoked").count == 1)

            let prod = ClusterReference(region: "us-east-1", name: "prod")
            _ = try await site.node.submit(.createCluster(CreateCluster(cluster: prod)))
            let other = try await site.token(prod)
            let third = await status { _ = try await site.join(other, as: "lost") }
            #expect(third.code == .permissionDenied)
            #expect(third.message.contains("is for cluster prod"))
            #expect(try await site.book.wait(for: "worker may not join", "worker=lost").count == 1)

            let short = try await site.token(life: .seconds(1))
            // Until the manager's clock says so.
            while WallTime.now < site.node.snapshot().joinTokens[short.id]?.endsAt ?? .now {
                await Task.yield()
            }
            let fourth = await status { _ = try await site.join(short, as: "tardy") }
            #expect(fourth.code == .unauthenticated && fourth.message.contains("has expired"))
            #expect(site.node.snapshot().workers.isEmpty)
            let secrets = [good, revoked, other, short].map { Fingerprint($0.secret) }
            for secret in secrets {
                #expect(site.book.lines(with: "\(try #require(secret))").isEmpty)
            }
        }
    }

    @Test("A worker can't speak in another's session, nor as another's instance")
    func impostor() async throws {
        try await SecureSite.run { site in
            let token = try await site.token()
            let victim = try await site.worker("one", token)
            let thief = try await site.worker("two", token)
            let session = victim.registered.session
            let beat = await status { try await thief.beat(session) }
            let report = await status {
                _ = try await thief.connection.unary(
                    WorkerService.reportStatus,
                    WireCodec.encode(StatusReport(session: session, tasks: [])),
                    timeout: .seconds(10))
            }
            let stream = await status {
                let stream = thief.connection.serverStream(
                    WorkerService.assignments,
                    try WireCodec.encode(AssignmentsRequest(session: session)))
                for try await _ in stream {}
            }
            for status in [beat, report, stream] {
                #expect(status.code == .permissionDenied)
                #expect(status.message.contains("registered on another connection"))
            }
            let thiefID = "\(thief.credential.subject.worker)"
            #expect(
                site.book.lines(with: "call in another's session refused", thiefID).count == 1)

            let claim = SecureSite.registration("one", instance: victim.registered.instance)
            let claimed = await status {
                _ = try await site.register(on: thief.connection, claim)
            }
            #expect(claimed.code == .permissionDenied)
            #expect(claimed.message.contains("belongs to another worker"))
            #expect(
                try await site.book.wait(for: "worker refused", "belongs to another", thiefID).count
                    == 1)
            try await victim.beat()
            await victim.connection.close()
            await thief.connection.close()
        }
    }

    @Test("A copy of an identity gets nothing while the first is connected")
    func copy() async throws {
        try await SecureSite.run { site in
            let worker = try await site.worker("one", try await site.token())
            let copy = try await site.connect(worker.credential)
            let registered = await status {
                _ = try await site.register(
                    on: copy,
                    SecureSite.registration(
                        "one", instance: worker.registered.instance, agent: 666))
            }
            #expect(registered.code == .alreadyExists)
            let beat = await status {
                let beat = Heartbeat(
                    session: worker.registered.session, sequence: 5, acknowledged: 1)
                _ = try await copy.unary(
                    WorkerService.heartbeat, WireCodec.encode(beat), timeout: .seconds(10))
            }
            #expect(beat.code == .permissionDenied)
            let renewal = await status {
                let request = RenewRequest(
                    certificateRequest: try worker.credential.key.certificateRequest())
                _ = try await copy.unary(
                    WorkerService.renew, WireCodec.encode(request), timeout: .seconds(10))
            }
            #expect(renewal.code == .alreadyExists)
            #expect(try await site.book.wait(for: "certificate not renewed", "copied").count == 1)
            try await worker.beat()
            await copy.close()
            await worker.connection.close()
        }
    }

    @Test(
        "Revoked: the connection closes at once; later calls are refused with the reason"
    )
    func revoked() async throws {
        try await SecureSite.run { site in
            let token = try await site.token()
            let worker = try await site.worker("one", token)
            let other = try await site.worker("two", token)
            _ = try await site.node.submit(.revokeWorker(SecureSite.cluster, worker: "one"))
            await worker.closed()
            let back = try await site.connect(worker.credential)
            let registered = await status {
                _ = try await site.register(on: back, SecureSite.registration("one"))
            }
            #expect(registered.code == .permissionDenied)
            #expect(registered.message.contains("was revoked and may do nothing any more"))
            let joined = await status {
                _ = try await site.join(token, as: "one", key: worker.credential.key)
            }
            #expect(joined.code == .permissionDenied)
            #expect(try await site.book.wait(for: "worker revoked", "worker=one").count == 1)
            #expect(try await site.book.wait(for: "worker refused", "was revoked").count == 1)
            try await other.beat()
            await back.close()
            await other.connection.close()
        }
    }

    @Test("A certificate that is not renewed ends its connection")
    func ended() async throws {
        var settings = ManagerSettings()
        settings.workerCertificateLife = .seconds(2)
        try await SecureSite.run(settings: settings) { site in
            let worker = try await site.worker("one", try await site.token())
            await worker.closed()
            #expect(WallTime.now >= worker.credential.times.endsAt)
            #expect(
                try await site.book.wait(for: "did not renew its certificate", "one").count == 1)
            await #expect(throws: RPCError.self) {
                let back = try await site.connect(worker.credential)
                // TLS 1.3: the client learns of its refusal with the first answer.
                _ = try await site.register(on: back, SecureSite.registration("one"))
            }
        }
    }

    @Test("Strangers of all kinds are not let in, and the log says why")
    func strangers() async throws {
        try await SecureSite.run { site in
            let foreign = try CertificateAuthority(at: .now)
            let plain = await status { _ = try await site.connect(nil) }
            #expect(plain.code == .unavailable)
            try await site.book.wait(for: "connection refused", "does not speak TLS")

            let other = try WorkerCredential.issued(by: foreign)
            let distrusted = await status { _ = try await site.connect(other) }
            #expect(distrusted.message.contains("not of the trusted authority"))
            try await site.book.wait(for: "connection refused", "not trusted here")
        }
    }

    @Test("Without TLS nobody joins, and no token is made")
    func plaintext() async throws {
        try await withFolder { folder in
            var configuration = ManagerConfiguration(dataFolder: folder)
            configuration.workerPort = 0
            configuration.networkLoops = 1
            configuration.security = .plaintext
            let node = try await ManagerNode.start(configuration, logger: SecureSite.quiet)
            let running = Task { try await node.run() }
            let error = await #expect(throws: APIError.self) {
                _ = try await node.makeJoinToken(for: SecureSite.cluster, life: .seconds(60))
            }
            #expect(error?.message.contains("--no-tls") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/authority"))
            running.cancel()
            try? await running.value
        }
    }

    @Test("A damaged authority stops the manager before it listens")
    func damagedAuthority() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/authority", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            var configuration = ManagerConfiguration(dataFolder: folder)
            configuration.workerPort = 0
            do {
                _ = try await ManagerNode.start(configuration, logger: SecureSite.quiet)
                Issue.record("it started")
            } catch {
                #expect("\(error)".contains("key.pem is missing"))
            }
        }
    }
}

extension WorkerCredential {
    static func issued(by authority: CertificateAuthority) throws -> WorkerCredential {
        let key = WorkerKey()
        let subject = WorkerSubject(
            region: "us-east-1", cluster: "default", worker: WorkerID(high: 1, low: 1))
        let grant = CertificateGrant(
            subject: subject, issuedAt: .now, endsAt: .now + .seconds(60))
        let issued = try authority.issue(
            grant, for: CertificateRequest(der: key.certificateRequest()))
        return try WorkerCredential(key: key, issued: issued, authority: authority.fingerprint)
    }
}
