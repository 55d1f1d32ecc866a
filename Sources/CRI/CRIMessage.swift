import CProtobufC
package import Wire

/// A Swift value with a message of CRI as its form on the wire.
package protocol CRIMessage: Hashable, Sendable {
    /// The struct that protoc-c generated.
    associatedtype C

    /// protoc-c's `…__init`.
    static var initialize: (UnsafeMutablePointer<C>?) -> Void { get }
    /// The message's name in its .proto file.
    static var messageName: String { get }

    func write(to message: inout C, _ encoder: Encoder) throws(WireError)
    init(reading message: C, _ decoder: Decoder) throws(WireError)
}

/// The bounds of CRI's messages, wider than those of our own: a list of sandboxes carries their
/// specs.
package enum CRILimits {
    /// containerd's own bound, too.
    package static let messageMaximum = 16 << 20
    package static let stringMaximum = 1 << 20
    /// Bytes of memory that decoding one message may take, for each byte of the message and at
    /// most.
    static let memoryPerByte = 64
    static let memoryMaximum = 128 << 20
}

extension CRIMessage {
    /// The bytes of the value.
    package func encoded() throws(WireError) -> [UInt8] {
        let encoder = Encoder(stringMaximum: CRILimits.stringMaximum)
        let message = try encoder.message(self)
        return try withExtendedLifetime(encoder) { () throws(WireError) -> [UInt8] in
            let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
            let size = protobuf_c_message_get_packed_size(base)
            guard size <= CRILimits.messageMaximum else {
                throw .tooLarge(
                    message: Self.messageName, bytes: size, maximum: CRILimits.messageMaximum)
            }
            return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                // An empty message has no buffer to write to.
                count = buffer.baseAddress.map { protobuf_c_message_pack(base, $0) } ?? 0
            }
        }
    }

    /// The value of bytes. What they hold beyond the known fields is ignored.
    package static func decoded(_ bytes: [UInt8]) throws(WireError) -> Self {
        guard bytes.count <= CRILimits.messageMaximum else {
            throw .tooLarge(
                message: messageName, bytes: bytes.count, maximum: CRILimits.messageMaximum)
        }
        let budget = min((bytes.count + 64) * CRILimits.memoryPerByte, CRILimits.memoryMaximum)
        let arena = Arena(budget: budget)
        // A local copy of the empty message: it alone knows the type's descriptor.
        let descriptor = withUnsafeTemporaryAllocation(of: C.self, capacity: 1) { empty in
            initialize(empty.baseAddress)
            return UnsafeRawBufferPointer(empty).load(as: ProtobufCMessage.self).descriptor
        }
        let unpacked = arena.withAllocator { allocator in
            protobuf_c_message_unpack(descriptor, allocator, bytes.count, bytes)
        }
        guard let unpacked else {
            throw arena.isExhausted
                ? .tooLarge(message: messageName, bytes: arena.spent, maximum: budget)
                : .malformed(message: messageName)
        }
        return try withExtendedLifetime(arena) { () throws(WireError) -> Self in
            let message = UnsafeRawPointer(unpacked).assumingMemoryBound(to: C.self)
            return try Self(
                reading: message.pointee,
                Decoder(arena: arena, stringMaximum: CRILimits.stringMaximum))
        }
    }
}

extension Encoder {
    func message<Value: CRIMessage>(
        _ value: Value
    ) throws(WireError) -> UnsafeMutablePointer<Value.C> {
        let memory = try allocate(Value.C.self, 1)
        Value.initialize(memory)
        try value.write(to: &memory.pointee, self)
        return memory
    }

    /// The array of pointers of a `repeated` message field.
    func messages<Value: CRIMessage>(
        _ values: [Value]
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?> {
        let array = try allocate(UnsafeMutablePointer<Value.C>?.self, values.count)
        for (index, value) in values.enumerated() { array[index] = try message(value) }
        return array
    }
}

extension Decoder {
    func message<Value: CRIMessage>(
        _ pointer: UnsafeMutablePointer<Value.C>?, _ field: String
    ) throws(WireError) -> Value {
        guard let pointer else { throw .invalid(field: field, problem: "is missing") }
        return try Value(reading: pointer.pointee, self)
    }

    func messages<Value: CRIMessage>(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>?, _ count: Int,
        _ field: String
    ) throws(WireError) -> [Value] {
        guard let pointers else { return [] }
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count { values.append(try message(pointers[index], field)) }
        return values
    }
}
