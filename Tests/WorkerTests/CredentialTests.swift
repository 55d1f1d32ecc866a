import Foundation
import Identity
import LogSupport
import Model
import Runtimes
import Testing
import Worker

@Suite("An agent that proves who it is", .serialized, .timeLimit(.minutes(1)))
struct CredentialTests {
    let manager: SecureManager
    let folder: ScratchFolder
    let runtime = FakeRuntime()

    init() throws {
        manager = try SecureManager()
        folder = try ScratchFolder()
    }

    func configuration(
        _ port: Int, _ token: WorkerConfiguration.JoinToken?
    ) -> WorkerConfiguration {
        var configuration = WorkerConfiguration.test(port: port, folder: folder)
        configuration.security = .mutualTLS(token)
        return configuration
    }

    /// Why an agent does not start.
    func refusal(_ configuration: WorkerConfiguration) async -> String {
        do {
            try await RunningAgent(configuration, runtime).task.value
            return "it ran"
        } catch {
            return "\(error)"
        }
    }

    let name = "muster://us-east-1/default/00000000000000070000000000000007"

    @Test("It joins once, and shows its certificate from then on, over a restart too")
    func join() async throws {
        let port = try await manager.start()
        let agent = RunningAgent(configuration(port, .text(manager.token)), runtime)
        try await manager.state.wait { $0.identities.count == 1 }
        try await agent.stop()
        let again = RunningAgent(configuration(port, nil), runtime)
        try await manager.state.wait { $0.identities.count == 2 }
        try await again.stop()
        #expect(manager.state.value.joins.map(\.name) == ["worker-1"])
        #expect(manager.state.value.identities == [name, name])
        let mode =
            try FileManager.default.attributesOfItem(
                atPath: folder.path + "/identity.pem")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        await manager.stop()
    }

    @Test("It renews its certificate on the connection that it has")
    func renewal() async throws {
        manager.state.update { $0.life = .seconds(3) }
        let port = try await manager.start()
        let agent = RunningAgent(configuration(port, .text(manager.token)), runtime)
        try await manager.state.wait { $0.renewals >= 2 }
        #expect(manager.state.value.identities.count == 1, "one registration")
        #expect(manager.state.value.joins.count == 1)
        try await agent.stop()
        await manager.stop()
    }

    @Test("A certificate that ended while it was away is replaced with the token, for the same key")
    func joinAgain() async throws {
        // The folder is a worker's.
        try folder.write("", to: "agent.lock")
        let key = WorkerKey()
        let late = WallTime.now + .seconds(-700)
        let subject = WorkerSubject(
            region: "us-east-1", cluster: "default", worker: WorkerID(high: 7, low: 7))
        let grant = CertificateGrant(
            subject: subject, issuedAt: late, endsAt: late + .seconds(600))
        let request = try CertificateRequest(der: key.certificateRequest())
        try WorkerCredential(
            key: key, issued: manager.authority.issue(grant, for: request),
            authority: manager.authority.fingerprint
        ).save(to: folder.path + "/identity.pem")
        let port = try await manager.start()
        #expect(await refusal(configuration(port, nil)).contains("has ended"))
        let agent = RunningAgent(configuration(port, .text(manager.token)), runtime)
        let joined = try await manager.state.wait { $0.identities.count == 1 }
        let shown = try CertificateRequest(der: #require(joined.joins.first).certificateRequest)
        #expect(shown.key == request.key)
        try await agent.stop()
        await manager.stop()
    }

    @Test("Another manager than its token's gets nothing of it")
    func otherManager() async throws {
        let stranger = try CertificateAuthority(at: .now)
        let port = try await manager.start()
        let book = LogBook()
        let agent = RunningAgent(
            configuration(port, .text(manager.token(of: stranger.fingerprint))), runtime,
            logger: book.logger)
        try await book.wait(for: "is not the manager that the join token is of")
        #expect(manager.state.value.joins.isEmpty)
        try await agent.stop()
        await manager.stop()
    }

    @Test("A token in a file is read again whenever it is needed")
    func tokenFile() async throws {
        let outside = try ScratchFolder()
        let wrong = JoinTokenText(
            id: JoinTokenID(high: 1, low: 1), secret: JoinTokenText.newSecret(),
            authority: manager.authority.fingerprint)
        try outside.write(wrong.text, to: "token")
        let port = try await manager.start()
        let book = LogBook()
        let agent = RunningAgent(
            configuration(port, .file(outside.path + "/token")), runtime, logger: book.logger)
        try await book.wait(for: "the worker can't join the cluster", "no such token")
        try outside.write(manager.token + "\n", to: "token")
        try await manager.state.wait { $0.identities.count == 1 }
        try await agent.stop()
        await manager.stop()
    }

    @Test("Revoked, it tells its person and does not join by itself")
    func revoked() async throws {
        let port = try await manager.start()
        let book = LogBook()
        let agent = RunningAgent(
            configuration(port, .text(manager.token)), runtime, logger: book.logger)
        try await manager.state.wait { $0.identities.count == 1 }
        manager.state.update { $0.refusal = WorkerRefusal(.permissionDenied, "w was revoked") }
        manager.closeConnections()
        try await book.wait(for: "error", "the manager refuses this worker", "w was revoked")
        #expect(manager.state.value.joins.count == 1)
        try await agent.stop()
        await manager.stop()
    }

    @Test("With nothing to show it does not start, and says what to do")
    func nothingToShow() async throws {
        let none = await refusal(configuration(1, nil))
        #expect(none.contains("muster token create --cluster default"))
        #expect(none.contains("--token-file") && none.contains("--no-tls"))
        let garbage = await refusal(configuration(1, .text("muster-1-secretish")))
        #expect(garbage.contains("no join token") && !garbage.contains("secretish"))
        let missing = await refusal(configuration(1, .file(folder.path + "/no-such-file")))
        #expect(missing.contains("no-such-file can't be read"))
        let port = try await manager.start()
        let agent = RunningAgent(configuration(port, .text(manager.token)), runtime)
        try await manager.state.wait { $0.identities.count == 1 }
        try await agent.stop()
        var moved = configuration(port, nil)
        moved.cluster = "prod"
        let other = await refusal(moved)
        #expect(other.contains("is for cluster default"), "\(other)")
        try folder.write("garbage", to: "identity.pem")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: folder.path + "/identity.pem")
        #expect(await refusal(configuration(port, nil)).contains("identity.pem is damaged"))
        await manager.stop()
    }

    @Test("One that speaks plainly to a manager with TLS hears what may be wrong, and the reverse")
    func mismatch() async throws {
        let port = try await manager.start()
        let book = LogBook()
        var plain = configuration(port, nil)
        plain.security = .plaintext
        let agent = RunningAgent(plain, runtime, logger: book.logger)
        try await book.wait(for: "start the worker with a join token in place of --no-tls")
        try await agent.stop()
        await manager.stop()

        let open = ScriptedManager()
        let openPort = try await open.start()
        let secure = RunningAgent(
            configuration(openPort, .text(manager.token)), runtime, logger: book.logger)
        try await book.wait(for: "does not speak TLS", "--no-tls")
        try await secure.stop()
        await open.stop()
    }
}
