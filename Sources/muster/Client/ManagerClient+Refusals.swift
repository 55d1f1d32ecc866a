import Foundation

/// What a manager's refusal means to who runs a verb.
extension ManagerClient {
    private struct Refusal: Decodable {
        var type: String?
        var message: String

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case message
        }
    }

    func failure(of answer: HTTPRequest.Answer) -> Failure {
        guard let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(answer.body)) else {
            return Failure(
                answer.status < 500 ? .usage : .unavailable,
                "http://\(address) answered with status \(answer.status).")
        }
        let who = credentials?.description ?? "no access key"
        switch refusal.type {
        case "MissingAuthenticationTokenException":
            return Failure(
                .refused,
                "The manager on http://\(address) takes signed requests only. Set "
                    + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to one of its access keys "
                    + "(`muster key create` makes them), or put them into ~/.aws/credentials.")
        case "UnrecognizedClientException":
            return Failure(
                .refused,
                "The manager on http://\(address) does not know \(who), or it was revoked. "
                    + "`muster key list` shows those that there are.")
        case "InvalidSignatureException" where refusal.message.hasPrefix("The request signature"):
            return Failure(
                .refused, "The secret that goes with \(who) is not the one that was made for it.")
        case "InvalidSignatureException", "AccessDeniedException":
            return Failure(.refused, refusal.message)
        case "TargetNotConnectedException": return Failure(.unavailable, refusal.message)
        default:
            return Failure(answer.status < 500 ? .usage : .unavailable, refusal.message)
        }
    }
}
