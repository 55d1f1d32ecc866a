import Testing

@testable import muster

@Suite("The key that verbs sign with")
struct CredentialsTests {
    static let file = """
        # mine
        [other]
        aws_access_key_id = O
        aws_secret_access_key = o

        [ default ]
        aws_access_key_id=D
        #aws_secret_access_key = no
        AWS_SECRET_ACCESS_KEY =  d/+=
        region = x
        """

    private func find(_ environment: [String: String], file: String? = file) -> [String]? {
        let found = Credentials.find(in: environment) { path in
            path == environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "/h/.aws/credentials" ? file : nil
        }
        return found.map { [$0.accessKey, $0.secret] }
    }

    @Test("comes from the environment, else from the profile in the credentials file, else is none")
    func find() {
        let home = ["HOME": "/h"]
        let named = ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"]
        #expect(find(home.merging(named) { $1 }) == ["E", "e"])
        #expect(find(home) == ["D", "d/+="])
        #expect(find(["HOME": "/h", "AWS_ACCESS_KEY_ID": "E"]) == ["D", "d/+="])
        #expect(find(["HOME": "/h", "AWS_PROFILE": "other"]) == ["O", "o"])
        #expect(find(["HOME": "/h", "AWS_PROFILE": "none"]) == nil)
        #expect(find(["HOME": "/x", "AWS_SHARED_CREDENTIALS_FILE": "/f"]) == ["D", "d/+="])
        #expect(find(home, file: nil) == nil)
        #expect(find(home, file: "[default]\naws_access_key_id = D") == nil)
    }

    @Test("tells its secret to nobody who asks what it is")
    func secrecy() {
        let found = Credentials.find(in: ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "xyz"])
        #expect(found.map { "\($0)" } == "access key E of AWS_ACCESS_KEY_ID")
    }
}
