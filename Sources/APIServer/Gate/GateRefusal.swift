import ECSAPI
import Hummingbird
import Signing

/// Why the gate does not let a request in.
enum GateFault: Error {
    case signature(SignatureFault)
    case denied(String)
}

/// The same as an answer: each protocol of AWS has names of its own for it.
struct GateRefusal {
    private let json: String
    private let query: String
    private let message: String
    /// Where the Query protocol has other words.
    private var queryMessage: String?

    init(_ fault: GateFault) {
        switch fault {
        case .signature(.missing):
            json = "MissingAuthenticationTokenException"
            query = "MissingAuthenticationToken"
            message = "Missing Authentication Token"
            queryMessage = "Request is missing Authentication Token"
        case .signature(.incomplete(let text)):
            json = "IncompleteSignatureException"
            query = "IncompleteSignature"
            message = text
        case .signature(.unknownKey):
            json = "UnrecognizedClientException"
            query = "InvalidClientTokenId"
            message = "The security token included in the request is invalid."
        case .signature(.invalid(let text)):
            json = "InvalidSignatureException"
            query = "SignatureDoesNotMatch"
            message = text
        case .denied(let text):
            json = "AccessDeniedException"
            query = "AccessDenied"
            message = text
        }
    }

    func response(isQuery: Bool, _ id: String) -> Response {
        guard isQuery else {
            return .awsError(status: .badRequest, type: json, message: message, id)
        }
        let error = QueryError(code: query, message: queryMessage ?? message)
        return .xml(.forbidden, error.xml(requestID: id), id)
    }
}
