import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Access keys")
struct AccessKeyTests {
    static func id(_ number: Int) throws -> AccessKeyID {
        let digits = "\(number)"
        let padding = String(repeating: "A", count: 20 - digits.count)
        return try #require(AccessKeyID(padding + digits))
    }

    @discardableResult
    static func make(_ story: Story, _ number: Int) throws -> AccessKey {
        let request = CreateAccessKey(
            id: try id(number), name: "n", isReadOnly: false, secret: SealedSecret(text: "sealed"))
        guard case .accessKey(let key) = try story.apply(.createAccessKey(request)) else {
            throw APIError(.server, "not a key")
        }
        return key
    }

    @Test("are kept over a restart, revoked ones too: signatures are demanded for good")
    func keep() throws {
        let story = Story()
        #expect(!story.state.demandsSignatures)
        let key = try Self.make(story, 1)
        #expect(key.createdAt == story.moment.wall && key.revokedAt == nil)
        #expect(story.state.demandsSignatures)
        try story.apply(.revokeAccessKey(key.id))
        #expect(story.takeWarnings() == ["access key revoked"])
        let revoked = try #require(story.state.accessKeys[key.id])
        #expect(revoked.revokedAt == story.moment.wall)
        story.pass(.seconds(1))
        let revision = story.state.revision
        #expect(try story.apply(.revokeAccessKey(key.id)) == .accessKey(revoked))
        #expect(story.state.revision == revision, "once is enough")
        story.restartManager()
        story.pass(.seconds(100_000))
        #expect(story.state.accessKeys.values.map(\.self) == [revoked])
        #expect(story.state.demandsSignatures)
    }

    @Test("that are not there, or there already, are refused")
    func refused() throws {
        let story = Story()
        try Self.make(story, 1)
        let request = CreateAccessKey(
            id: try Self.id(1), name: "", isReadOnly: true, secret: SealedSecret(text: ""))
        #expect(story.refusal(of: .createAccessKey(request)).hasPrefix("ConflictException"))
        let other = try Self.id(2)
        #expect(story.refusal(of: .revokeAccessKey(other)).contains("'muster key list' shows"))
    }

    @Test("are bounded; the oldest that is revoked makes room")
    func bounded() throws {
        let story = Story()
        let most = ManagerSettings.accessKeysMaximum
        for number in 0..<most {
            try Self.make(story, number)
            story.pass(.milliseconds(50))
        }
        let request = CreateAccessKey(
            id: try Self.id(most), name: "", isReadOnly: false, secret: SealedSecret(text: ""))
        #expect(story.refusal(of: .createAccessKey(request)).hasPrefix("LimitExceededException"))
        for number in [7, 3] { try story.apply(.revokeAccessKey(try Self.id(number))) }
        _ = story.takeWarnings()
        try story.apply(.createAccessKey(request))
        let (older, newer) = (try Self.id(3), try Self.id(7))
        #expect(story.state.accessKeys[older] == nil)
        #expect(story.state.accessKeys[newer] != nil)
        #expect(story.state.accessKeys.count == most)
    }

    @Test("tell no secret, sealed or not, when they are described or looked back on")
    func secrecy() throws {
        let story = Story()
        let key = try Self.make(story, 1)
        #expect(!"\(key)".contains("SealedSecret(text"))
        let record = try #require(story.ledger.records.last)
        guard case .accessKey(let shown) = record.withoutSecrets.change else {
            Issue.record("not the key's record")
            return
        }
        #expect(shown.secret.text.isEmpty && shown.id == key.id)
    }
}
