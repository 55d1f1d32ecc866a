import Foundation
import Model

/// JSON in and out, with the errors that AWS's front end gives.
enum Coding {
    /// Decodes a request body; an empty body stands for `{}`.
    static func decode<Shape: Decodable>(
        _ type: Shape.Type, from body: [UInt8]
    ) throws(RequestFault) -> Shape {
        let body = body.isEmpty ? Array("{}".utf8) : body
        guard !hasNUL(body) else {
            throw .malformed("A string in the request has a NUL character (\\u0000). Remove it.")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch let violation as Violation {
            throw .violation(violation)
        } catch let error as DecodingError {
            throw .malformed(sentence(for: error, in: body))
        } catch {
            throw .malformed("The request body is not valid JSON.")
        }
    }

    /// The same for an operation of Muster's own: what it refuses is told what to send.
    static func decode<Request: Decodable>(
        _ type: Request.Type, from body: [UInt8], help: String
    ) throws(APIError) -> Request {
        do {
            return try decode(type, from: body)
        } catch {
            throw APIError(.serialization, "Send \(help).")
        }
    }

    /// Members come sorted by name, so that the same answer is the same bytes.
    static func encode(_ value: some Encodable) throws(APIError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw APIError(.server, "The answer could not be written as JSON: \(error)")
        }
    }

    static func document(_ value: some Encodable) throws(APIError) -> Document {
        Document(json: String(decoding: try encode(value), as: UTF8.self))
    }

    /// Reads a document that ``document(_:)`` wrote.
    static func read<Shape: Decodable>(
        _ type: Shape.Type, from document: Document
    ) throws(APIError) -> Shape {
        do {
            return try decode(type, from: Array(document.json.utf8))
        } catch {
            throw APIError(.server, "A stored document could not be read: \(error)")
        }
    }

    /// Whether a string has `\u0000`, which neither a process's arguments nor its environment nor
    /// the worker protocol can carry.
    private static func hasNUL(_ body: [UInt8]) -> Bool {
        let escape = Array("u0000".utf8)
        var index = body.startIndex
        while let backslash = body[index...].firstIndex(of: UInt8(ascii: "\\")) {
            if body[(backslash + 1)...].starts(with: escape) { return true }
            index = min(backslash + 2, body.endIndex)
        }
        return false
    }

    private static func sentence(for error: DecodingError, in body: [UInt8]) -> String {
        switch error {
        case .typeMismatch(let type, let context):
            "The value at \(place(context)) has the wrong type: \(name(of: type)) is expected."
        case .valueNotFound(let type, let context):
            "The value at \(place(context)) is null: \(name(of: type)) is expected."
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            "The value at \(place(context)) can't be read: \(context.debugDescription)"
        // Foundation calls a number that does not fit its member no JSON, and does not say where.
        default:
            (try? JSONDecoder().decode(JSONValue.self, from: Data(body))) == nil
                ? "The request body is not valid JSON."
                : "A number in the request is out of range, or has a fraction where an integer is "
                    + "expected."
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty ? "the top" : "'\(Violation.path(context.codingPath))'"
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Int.Type: "an integer"
        case is Double.Type: "a number"
        case is [Any].Type: "a list"
        default: "\(type)".hasPrefix("Array") ? "a list" : "an object"
        }
    }
}

/// Why a request body could not be taken.
enum RequestFault: Error {
    /// Not JSON, or a member of the wrong type.
    case malformed(String)
    case violation(Violation)
}
