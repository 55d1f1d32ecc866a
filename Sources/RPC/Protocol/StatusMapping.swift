import HTTP2

extension RPCStatus {
    /// What a stream that was cut off means, by gRPC's table of HTTP/2 error codes.
    init(streamError code: UInt32) {
        let name = HTTP2ErrorCode(rawValue: code).map { "\($0)" } ?? "\(code)"
        let message = "the stream was cut off: \(name)"
        switch HTTP2ErrorCode(rawValue: code) {
        case .refusedStream: self.init(.unavailable, message)
        case .cancel: self.init(.cancelled, message)
        case .enhanceYourCalm: self.init(.resourceExhausted, message)
        case .inadequateSecurity: self.init(.permissionDenied, message)
        default: self.init(.internalError, message)
        }
    }

    /// What an HTTP status other than 200 means, by gRPC's table.
    init(httpStatus: String) {
        let message = "the server answered with HTTP status \(httpStatus)"
        switch httpStatus {
        case "400": self.init(.internalError, message)
        case "401": self.init(.unauthenticated, message)
        case "403": self.init(.permissionDenied, message)
        case "404": self.init(.unimplemented, message)
        case "429", "502", "503", "504": self.init(.unavailable, message)
        default: self.init(.unknown, message)
        }
    }

    /// The trailers that end a call.
    func trailers(
        after headers: HTTP2Headers = HTTP2Headers(), metadata: RPCMetadata = .init()
    ) -> HTTP2Headers {
        var list = headers
        list.append("grpc-status", "\(code.rawValue)")
        if !message.isEmpty {
            list.append(
                "grpc-message", PercentEncoding.encode(message, maximum: Self.messageMaximum))
        }
        if !details.isEmpty { list.append("grpc-status-details-bin", Base64.encode(details)) }
        list.append(metadata)
        return list
    }
}
