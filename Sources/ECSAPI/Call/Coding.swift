import Foundation
import Model

/// JSON in and out, with the errors that AWS's front end gives.
enum Coding {
    /// Reads a request body; an empty body stands for `{}`.
    static func decode<Shape: JSONReadable>(
        _ type: Shape.Type, from body: [UInt8]
    ) throws(RequestFault) -> Shape {
        try JSONReader.read(type, from: body.isEmpty ? Array("{}".utf8) : body)
    }

    static func encode(_ value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        value.write(to: &writer)
        return writer.bytes
    }

    static func document(_ value: some JSONWritable) -> Document {
        Document(json: String(decoding: encode(value), as: UTF8.self))
    }

    /// Reads a document that ``document(_:)`` wrote.
    static func read<Shape: JSONReadable>(
        _ type: Shape.Type, from document: Document
    ) throws(APIError) -> Shape {
        do {
            return try decode(type, from: Array(document.json.utf8))
        } catch {
            throw APIError(.server, "A stored document could not be read: \(error)")
        }
    }
}

/// Bodies of Muster's own operations, which are no shapes of the model.
enum OwnCoding {
    /// What can't be read is told what to send.
    static func decode<Request: Decodable>(
        _ type: Request.Type, from body: [UInt8], help: String
    ) throws(APIError) -> Request {
        let body = body.isEmpty ? Array("{}".utf8) : body
        do {
            return try JSONDecoder().decode(type, from: Data(body))
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
}

/// Why a request body could not be taken.
enum RequestFault: Error {
    /// Not JSON, or a member of the wrong type.
    case malformed(String)
    case violation(Violation)
}
