/// A .proto file as server reflection tells it: its descriptor, and what is declared in it.
///
/// `Protos/generate` writes one for each file.
public struct ProtoFile: Hashable, Sendable {
    /// An extension that the file declares.
    public struct Extension: Hashable, Sendable {
        /// The full name of the message that is extended.
        public let extended: String
        public let number: Int32

        public init(of extended: String, number: Int32) {
            self.extended = extended
            self.number = number
        }
    }

    /// As other files import it.
    public let name: String
    /// The names of the files that it imports.
    public let imports: [String]
    /// `package.Service`
    public let services: [String]
    /// The full name of everything declared in it.
    public let symbols: [String]
    public let extensions: [Extension]
    /// A `google.protobuf.FileDescriptorProto`.
    public let descriptor: [UInt8]

    public init(
        name: String, imports: [String], services: [String], symbols: [String],
        extensions: [Extension] = [], descriptor: [UInt8]
    ) {
        self.name = name
        self.imports = imports
        self.services = services
        self.symbols = symbols
        self.extensions = extensions
        self.descriptor = descriptor
    }
}
