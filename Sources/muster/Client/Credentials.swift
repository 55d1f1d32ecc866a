import Foundation
import NIOHTTP1
import Signing

/// The access key that verbs sign their requests with: where AWS's own clients look for one.
struct Credentials: Equatable, Sendable, CustomStringConvertible {
    var accessKey: String
    var secret: String
    /// Where it was found, for who has to set it right.
    var source: String

    /// From the environment, else from the profile in the credentials file; `nil` when there is
    /// none: requests go unsigned then.
    static func find(
        in environment: [String: String], read: (String) -> String? = Credentials.text
    ) -> Credentials? {
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let key = variable("AWS_ACCESS_KEY_ID"), let secret = variable("AWS_SECRET_ACCESS_KEY") {
            return Credentials(accessKey: key, secret: secret, source: "AWS_ACCESS_KEY_ID")
        }
        let path =
            variable("AWS_SHARED_CREDENTIALS_FILE")
            ?? (variable("HOME") ?? NSHomeDirectory()) + "/.aws/credentials"
        let profile = variable("AWS_PROFILE") ?? "default"
        return read(path).flatMap { Credentials(file: $0, profile: profile, source: path) }
    }

    private init(accessKey: String, secret: String, source: String) {
        self.accessKey = accessKey
        self.secret = secret
        self.source = source
    }

    /// - Parameter file: Sections of `name = value` lines, in AWS's form.
    init?(file: String, profile: String, source: String) {
        var section = ""
        var values: [String: String] = [:]
        for line in file.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = line.dropFirst().dropLast().trimmingCharacters(in: .whitespaces)
            } else if section == profile, let equals = line.firstIndex(of: "=") {
                let name = line[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
                values[name] = line[line.index(after: equals)...]
                    .trimmingCharacters(in: .whitespaces)
            }
        }
        guard let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"]
        else { return nil }
        self.init(accessKey: key, secret: secret, source: "profile \(profile) of \(source)")
    }

    static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    var description: String { "access key \(accessKey) of \(source)" }
}

extension HTTPRequest {
    /// The same with a signature.
    ///
    /// - Parameters:
    ///   - service: `muster` for its own operations.
    func signed(
        with credentials: Credentials, for address: Address, region: String, service: String
    ) throws(Failure) -> HTTPRequest {
        let signer = Signer(
            accessKey: credentials.accessKey, secret: credentials.secret, region: region,
            service: service)
        var signed = self
        if !isBodySigned {
            signed.headers.append(("x-amz-content-sha256", SignedRequest.unsignedBody))
        }
        let own = signed.headers.map { SignedRequest.Header($0.0.lowercased(), $0.1) }
        var request = SignedRequest(
            method: method.rawValue, target: path,
            headers: own + [SignedRequest.Header("host", address.description)], body: body)
        if !isBodySigned { request.bodyHash = SignedRequest.unsignedBody }
        let now = SignedTime(seconds: Int64(Date().timeIntervalSince1970))
        do {
            signed.headers += try signer.headers(for: request, at: now).map { ($0.name, $0.value) }
            return signed
        } catch {
            throw Failure(.software, "A request could not be signed: \(error)")
        }
    }
}
