import Foundation
import HTTPTypes
import Hummingbird
import Model
import NIOCore

extension HTTPField.Name {
    static let amzTarget = known("X-Amz-Target")
    static let amzRequestID = known("x-amzn-RequestId")
    static let amzErrorType = known("x-amzn-errortype")

    static func known(_ name: StaticString) -> Self {
        guard let name = Self("\(name)") else { preconditionFailure("no field name: \(name)") }
        return name
    }
}

enum RequestID {
    /// A UUID of version 4 in lower case, as AWS writes them. Foundation's opens a file for each.
    static func next() -> String {
        let high = UInt64.random(in: .min ... .max) & ~0xF000 | 0x4000
        let low = UInt64.random(in: .min ... .max) & ~(0xC << 60) | 0x8 << 60
        return String(unsafeUninitializedCapacity: 36) { text in
            var count = 0
            for (word, dashes) in [(high, [8, 12]), (low, [0, 4])] {
                for digit in 0..<16 {
                    if dashes.contains(digit) {
                        text[count] = UInt8(ascii: "-")
                        count += 1
                    }
                    let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 0xF
                    text[count] = value < 10 ? 0x30 + value : 0x57 + value
                    count += 1
                }
            }
            return count
        }
    }
}

extension Response {
    static func json(
        _ status: HTTPResponse.Status, _ body: [UInt8], _ requestID: String,
        errorType: String? = nil
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/x-amz-json-1.1", .amzRequestID: requestID,
        ]
        if let errorType { headers[.amzErrorType] = errorType }
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    static func xml(
        _ status: HTTPResponse.Status, _ body: String, _ requestID: String
    ) -> Response {
        Response(
            status: status, headers: [.contentType: "text/xml", .amzRequestID: requestID],
            body: .init(byteBuffer: ByteBuffer(string: body)))
    }

    static func text(_ status: HTTPResponse.Status, _ body: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: body)))
    }

    static func awsError(_ error: APIError, _ requestID: String) -> Response {
        let isFault = error.code == .server || error.code == .serviceUnavailable
        return awsError(
            status: isFault ? .internalServerError : .badRequest,
            type: error.code.rawValue, message: error.message, resourceIDs: error.resourceIDs,
            requestID)
    }

    static func awsError(
        status: HTTPResponse.Status, type: String, message: String, resourceIDs: [String] = [],
        _ requestID: String
    ) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = ErrorBody(
            type: type, message: message, resourceIds: resourceIDs.isEmpty ? nil : resourceIDs)
        let bytes = (try? encoder.encode(body)).map { [UInt8]($0) } ?? Array("{}".utf8)
        return json(status, bytes, requestID, errorType: type)
    }

    private struct ErrorBody: Encodable {
        var type: String
        var message: String
        var resourceIds: [String]?

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case message, resourceIds
        }
    }
}
