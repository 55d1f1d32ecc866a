import FoundationEssentials
import Model

/// What a container asks of its task's protection from scale-in.
struct ProtectionRequest: Hashable {
    var change: TaskProtectionChange

    /// A JSON object of `ProtectionEnabled` and `ExpiresInMinutes`, whose case does not matter, and
    /// of nothing else.
    ///
    /// - Throws: what is wrong, in the words of ECS's agent.
    init(_ body: [UInt8]) throws(Mistake) {
        enum Scalar: Decodable {
            case flag(Bool)
            case number(Int)
            case nothing

            init(from decoder: any Swift.Decoder) throws {
                let container = try decoder.singleValueContainer()
                if container.decodeNil() {
                    self = .nothing
                } else if let flag = try? container.decode(Bool.self) {
                    self = .flag(flag)
                } else {
                    self = .number(try container.decode(Int.self))
                }
            }
        }
        let undecodable = Mistake(text: "UpdateTaskProtection: failed to decode request")
        guard let members = try? JSONDecoder().decode([String: Scalar].self, from: Data(body))
        else { throw undecodable }
        var enabled: Bool?
        var minutes: Int?
        for (name, value) in members {
            switch (name.lowercased(), value) {
            case ("protectionenabled", .flag(let flag)): enabled = flag
            case ("expiresinminutes", .number(let number)): minutes = number
            case ("protectionenabled", .nothing), ("expiresinminutes", .nothing): continue
            default: throw undecodable
            }
        }
        guard let enabled else {
            throw Mistake(text: "Invalid request: does not contain 'ProtectionEnabled' field")
        }
        change = TaskProtectionChange(isEnabled: enabled, minutes: minutes)
    }

    struct Mistake: Error, Hashable {
        var text: String
    }
}

/// The answer: one of the three.
struct ProtectionDocument: Encodable {
    struct Protection: Encodable {
        var ProtectionEnabled: Bool
        var ExpirationDate: String?
        var TaskArn: String
    }

    struct Failure: Encodable {
        var Arn: String
        var Reason: String
        var Detail: String
    }

    struct Problem: Encodable {
        var Arn: String?
        var Code: String
        var Message: String
    }

    var protection: Protection?
    var failure: Failure?
    var error: Problem?

    init(_ answer: TaskProtectionAnswer, of arn: String) {
        switch answer {
        case .protected(let until):
            protection = Protection(
                ProtectionEnabled: until != nil, ExpirationDate: until?.text, TaskArn: arn)
        case .failure(let reason, let detail):
            failure = Failure(Arn: arn, Reason: reason, Detail: detail)
        }
    }

    init(error code: String, _ message: String, of arn: String? = nil) {
        error = Problem(Arn: arn, Code: code, Message: message)
    }
}

extension ProtectionProblem.Kind {
    /// Of HTTP. A failure that the manager gives a reason for is no problem, but an answer.
    var status: Int {
        switch self {
        case .invalid: 400
        case .notFound: 404
        case .unavailable: 500
        case .timedOut: 504
        }
    }

    var code: String {
        switch self {
        case .invalid: "InvalidParameterException"
        case .notFound: "ResourceNotFoundException"
        case .unavailable: "ServerException"
        case .timedOut: "RequestCanceled"
        }
    }
}
