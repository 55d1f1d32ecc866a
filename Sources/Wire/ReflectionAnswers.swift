import CWire

extension ReflectionResponse: Message {
    static var initialize:
        (UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse>?) -> Void
    {
        grpc__reflection__v1__server_reflection_response__init
    }
    static var messageName: String { "ServerReflectionResponse" }

    func write(
        to message: inout Grpc__Reflection__V1__ServerReflectionResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.valid_host = try encoder.string(request.host, "valid_host")
        message.original_request = try encoder.message(request)
        switch answer {
        case .files(let descriptors):
            message.message_response_case = .files
            message.file_descriptor_response = try encoder.message(
                FilesAnswer(descriptors: descriptors))
        case .extensionNumbers(let extended, let numbers):
            message.message_response_case = .extensionNumbers
            message.all_extension_numbers_response = try encoder.message(
                NumbersAnswer(extended: extended, numbers: numbers))
        case .services(let names):
            message.message_response_case = .services
            message.list_services_response = try encoder.message(
                ServicesAnswer(services: names.map(ServiceName.init)))
        case .error(let code, let text):
            message.message_response_case = .error
            message.error_response = try encoder.message(ErrorAnswer(code: code, message: text))
        case nil:
            break
        }
    }

    init(
        reading message: Grpc__Reflection__V1__ServerReflectionResponse, _ decoder: Decoder
    ) throws(WireError) {
        request = try decoder.message(message.original_request, "original_request")
        switch message.message_response_case {
        case .files:
            let read: FilesAnswer = try decoder.message(
                message.file_descriptor_response, "file_descriptor_response")
            answer = .files(read.descriptors)
        case .extensionNumbers:
            let read: NumbersAnswer = try decoder.message(
                message.all_extension_numbers_response, "all_extension_numbers_response")
            answer = .extensionNumbers(message: read.extended, read.numbers)
        case .services:
            let read: ServicesAnswer = try decoder.message(
                message.list_services_response, "list_services_response")
            answer = .services(read.services.map(\.name))
        case .error:
            let read: ErrorAnswer = try decoder.message(message.error_response, "error_response")
            answer = .error(code: read.code, message: read.message)
        default:
            answer = nil
        }
    }
}

extension Grpc__Reflection__V1__ServerReflectionResponse__MessageResponseCase {
    fileprivate static let files =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
    // The number of all_extension_numbers_response, whose generated name is longer than a line.
    fileprivate static let extensionNumbers = Self(rawValue: 5)
    fileprivate static let services =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE
    fileprivate static let error =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE
}

private struct FilesAnswer: Message {
    var descriptors: [[UInt8]]

    static var initialize:
        (UnsafeMutablePointer<Grpc__Reflection__V1__FileDescriptorResponse>?) -> Void
    {
        grpc__reflection__v1__file_descriptor_response__init
    }
    static var messageName: String { "FileDescriptorResponse" }

    init(descriptors: [[UInt8]]) {
        self.descriptors = descriptors
    }

    func write(
        to message: inout Grpc__Reflection__V1__FileDescriptorResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.n_file_descriptor_proto = descriptors.count
        message.file_descriptor_proto = try encoder.bytes(descriptors)
    }

    init(
        reading message: Grpc__Reflection__V1__FileDescriptorResponse, _ decoder: Decoder
    ) throws(WireError) {
        descriptors = decoder.bytes(message.file_descriptor_proto, message.n_file_descriptor_proto)
    }
}

private struct NumbersAnswer: Message {
    var extended: String
    var numbers: [Int32]

    static var initialize:
        (UnsafeMutablePointer<Grpc__Reflection__V1__ExtensionNumberResponse>?) -> Void
    {
        grpc__reflection__v1__extension_number_response__init
    }
    static var messageName: String { "ExtensionNumberResponse" }

    init(extended: String, numbers: [Int32]) {
        self.extended = extended
        self.numbers = numbers
    }

    func write(
        to message: inout Grpc__Reflection__V1__ExtensionNumberResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.base_type_name = try encoder.string(extended, "base_type_name")
        message.n_extension_number = numbers.count
        message.extension_number = try encoder.numbers(numbers)
    }

    init(
        reading message: Grpc__Reflection__V1__ExtensionNumberResponse, _ decoder: Decoder
    ) throws(WireError) {
        extended = try decoder.string(message.base_type_name, "base_type_name")
        numbers = decoder.numbers(message.extension_number, message.n_extension_number)
    }
}

private struct ServicesAnswer: Message {
    var services: [ServiceName]

    static var initialize:
        (UnsafeMutablePointer<Grpc__Reflection__V1__ListServiceResponse>?) -> Void
    {
        grpc__reflection__v1__list_service_response__init
    }
    static var messageName: String { "ListServiceResponse" }

    init(services: [ServiceName]) {
        self.services = services
    }

    func write(
        to message: inout Grpc__Reflection__V1__ListServiceResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.n_service = services.count
        message.service = try encoder.messages(services)
    }

    init(
        reading message: Grpc__Reflection__V1__ListServiceResponse, _ decoder: Decoder
    ) throws(WireError) {
        services = try decoder.messages(message.service, message.n_service, "service")
    }
}

private struct ServiceName: Message {
    var name: String

    static var initialize: (UnsafeMutablePointer<Grpc__Reflection__V1__ServiceResponse>?) -> Void {
        grpc__reflection__v1__service_response__init
    }
    static var messageName: String { "ServiceResponse" }

    init(name: String) {
        self.name = name
    }

    func write(
        to message: inout Grpc__Reflection__V1__ServiceResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.name = try encoder.string(name, "name")
    }

    init(
        reading message: Grpc__Reflection__V1__ServiceResponse, _ decoder: Decoder
    ) throws(WireError) {
        name = try decoder.string(message.name, "name")
    }
}

private struct ErrorAnswer: Message {
    var code: Int32
    var message: String

    static var initialize: (UnsafeMutablePointer<Grpc__Reflection__V1__ErrorResponse>?) -> Void {
        grpc__reflection__v1__error_response__init
    }
    static var messageName: String { "ErrorResponse" }

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    func write(
        to answer: inout Grpc__Reflection__V1__ErrorResponse, _ encoder: Encoder
    ) throws(WireError) {
        answer.error_code = code
        answer.error_message = try encoder.string(message, "error_message")
    }

    init(
        reading answer: Grpc__Reflection__V1__ErrorResponse, _ decoder: Decoder
    ) throws(WireError) {
        code = answer.error_code
        message = try decoder.string(answer.error_message, "error_message")
    }
}
