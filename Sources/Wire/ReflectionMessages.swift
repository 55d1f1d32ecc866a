import CWire

// The messages of gRPC's standard server reflection (Protos/grpc/reflection/v1/reflection.proto).
// Those of v1alpha have the same form.

/// What a tool asks a server.
public struct ReflectionRequest: Hashable, Sendable {
    public enum Question: Hashable, Sendable {
        case file(name: String)
        case fileDeclaring(symbol: String)
        case fileExtending(message: String, number: Int32)
        case extensionNumbers(message: String)
        case services(String)
    }

    public var host: String
    /// `nil`: none, or one of a newer version of the service.
    public var question: Question?

    public init(host: String = "", _ question: Question?) {
        self.host = host
        self.question = question
    }
}

/// What a server tells a tool.
public struct ReflectionResponse: Hashable, Sendable {
    public enum Answer: Hashable, Sendable {
        /// Descriptors of files.
        case files([[UInt8]])
        case extensionNumbers(message: String, [Int32])
        case services([String])
        /// The number of a gRPC status, and words for a person.
        case error(code: Int32, message: String)
    }

    public var request: ReflectionRequest
    /// `nil`: one of a newer version of the service.
    public var answer: Answer?

    public init(to request: ReflectionRequest, _ answer: Answer?) {
        self.request = request
        self.answer = answer
    }
}

/// The names of server reflection in gRPC.
public enum ReflectionService {
    public static let info = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    public static let infoAlpha = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
}

extension WireCodec {
    public static func encode(_ value: ReflectionRequest) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: ReflectionResponse) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func decodeReflectionRequest(
        _ bytes: [UInt8]
    ) throws(WireError) -> ReflectionRequest {
        try decode(bytes.span.bytes)
    }

    public static func decodeReflectionResponse(
        _ bytes: [UInt8]
    ) throws(WireError) -> ReflectionResponse {
        try decode(bytes.span.bytes)
    }
}

extension ReflectionRequest: Message {
    static var initialize:
        (UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest>?) -> Void
    {
        grpc__reflection__v1__server_reflection_request__init
    }
    static var messageName: String { "ServerReflectionRequest" }

    func write(
        to message: inout Grpc__Reflection__V1__ServerReflectionRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.host = try encoder.string(host, "host")
        switch question {
        case .file(let name):
            message.message_request_case = .file
            message.file_by_filename = try encoder.string(name, "file_by_filename")
        case .fileDeclaring(let symbol):
            message.message_request_case = .symbol
            message.file_containing_symbol = try encoder.string(symbol, "file_containing_symbol")
        case .fileExtending(let extended, let number):
            message.message_request_case = .extending
            message.file_containing_extension = try encoder.message(
                ProtoFile.Extension(of: extended, number: number))
        case .extensionNumbers(let extended):
            message.message_request_case = .extensionNumbers
            message.all_extension_numbers_of_type = try encoder.string(
                extended, "all_extension_numbers_of_type")
        case .services(let text):
            message.message_request_case = .services
            message.list_services = try encoder.string(text, "list_services")
        case nil:
            break
        }
    }

    init(
        reading message: Grpc__Reflection__V1__ServerReflectionRequest, _ decoder: Decoder
    ) throws(WireError) {
        host = try decoder.string(message.host, "host")
        switch message.message_request_case {
        case .file:
            question = .file(
                name: try decoder.string(message.file_by_filename, "file_by_filename"))
        case .symbol:
            question = .fileDeclaring(
                symbol: try decoder.string(
                    message.file_containing_symbol, "file_containing_symbol"))
        case .extending:
            let wanted: ProtoFile.Extension = try decoder.message(
                message.file_containing_extension, "file_containing_extension")
            question = .fileExtending(message: wanted.extended, number: wanted.number)
        case .extensionNumbers:
            question = .extensionNumbers(
                message: try decoder.string(
                    message.all_extension_numbers_of_type, "all_extension_numbers_of_type"))
        case .services:
            question = .services(try decoder.string(message.list_services, "list_services"))
        default:
            question = nil
        }
    }
}

extension Grpc__Reflection__V1__ServerReflectionRequest__MessageRequestCase {
    fileprivate static let file =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME
    fileprivate static let symbol =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL
    fileprivate static let extending =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION
    // The number of all_extension_numbers_of_type, whose generated name is longer than a line.
    fileprivate static let extensionNumbers = Self(rawValue: 6)
    fileprivate static let services =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES
}

extension ProtoFile.Extension: Message {
    static var initialize: (UnsafeMutablePointer<Grpc__Reflection__V1__ExtensionRequest>?) -> Void {
        grpc__reflection__v1__extension_request__init
    }
    static var messageName: String { "ExtensionRequest" }

    func write(
        to message: inout Grpc__Reflection__V1__ExtensionRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.containing_type = try encoder.string(extended, "containing_type")
        message.extension_number = number
    }

    init(
        reading message: Grpc__Reflection__V1__ExtensionRequest, _ decoder: Decoder
    ) throws(WireError) {
        self.init(
            of: try decoder.string(message.containing_type, "containing_type"),
            number: message.extension_number)
    }
}
