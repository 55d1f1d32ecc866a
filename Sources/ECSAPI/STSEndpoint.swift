/// The one operation of AWS STS that tools ask for before anything else: who am I?
public struct STSEndpoint: Sendable {
    private let account: String

    public init(account: String) {
        self.account = account
    }

    /// Answers a request of AWS's Query protocol.
    ///
    /// - Parameter form: The members of the form in the body, `Action` among them.
    /// - Returns: XML.
    /// - Throws: ``QueryError``, for any action but `GetCallerIdentity`.
    public func perform(
        _ form: [String: String], requestID: String
    ) throws(QueryError) -> String {
        guard let action = form["Action"] else {
            throw QueryError(code: "MissingAction", message: "The request has no Action.")
        }
        guard action == "GetCallerIdentity" else {
            throw QueryError(
                code: "InvalidAction",
                message: "Could not find operation \(action.prefix(64)) for version "
                    + "\((form["Version"] ?? "NO_VERSION").prefix(32)). Muster answers "
                    + "GetCallerIdentity of STS and the ECS API here.")
        }
        return """
            <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\
            <GetCallerIdentityResult><Arn>arn:aws:iam::\(account):root</Arn>\
            <UserId>\(account)</UserId><Account>\(account)</Account></GetCallerIdentityResult>\
            <ResponseMetadata><RequestId>\(requestID)</RequestId></ResponseMetadata>\
            </GetCallerIdentityResponse>
            """
    }
}

/// An error of AWS's Query protocol, whose answers are XML.
public struct QueryError: Error, Hashable, Sendable {
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    public func xml(requestID: String) -> String {
        """
        <ErrorResponse><Error><Type>Sender</Type><Code>\(Self.escaped(code))</Code>\
        <Message>\(Self.escaped(message))</Message></Error>\
        <RequestId>\(Self.escaped(requestID))</RequestId></ErrorResponse>
        """
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // XML 1.0 has no way to write the other control characters.
            case "\u{0}"..."\u{8}", "\u{B}"..."\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
