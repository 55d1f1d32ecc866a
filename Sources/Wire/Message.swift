import CProtobufC

/// A Swift value with a message of `worker.proto` as its form on the wire.
protocol Message {
    /// The struct that protoc-c generated.
    associatedtype C

    /// protoc-c's `…__init`.
    static var initialize: (UnsafeMutablePointer<C>?) -> Void { get }
    /// The message's name in `worker.proto`.
    static var messageName: String { get }

    func write(to message: inout C, _ encoder: Encoder) throws(WireError)
    init(reading message: C, _ decoder: Decoder) throws(WireError)
}

extension Message {
    /// The bytes of the value.
    func encoded() throws(WireError) -> [UInt8] {
        let encoder = Encoder()
        let message = try encoder.message(self)
        return try withExtendedLifetime(encoder) { () throws(WireError) -> [UInt8] in
            let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
            let size = protobuf_c_message_get_packed_size(base)
            guard size <= WireLimits.messageMaximum else {
                throw .tooLarge(
                    message: Self.messageName, bytes: size, maximum: WireLimits.messageMaximum)
            }
            return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                // An empty message has no buffer to write to.
                count = buffer.baseAddress.map { protobuf_c_message_pack(base, $0) } ?? 0
            }
        }
    }

    /// The value of bytes. What they hold beyond the known fields is ignored.
    static func decoded(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Self {
        guard bytes.count <= WireLimits.messageMaximum else {
            throw .tooLarge(
                message: messageName, bytes: bytes.count, maximum: WireLimits.messageMaximum)
        }
        let budget = min(
            (bytes.count + 64) * WireLimits.memoryPerByte, WireLimits.memoryMaximum)
        let arena = Arena(budget: budget)
        // A local copy of the empty message: it alone knows the type's descriptor.
        let descriptor = withUnsafeTemporaryAllocation(of: C.self, capacity: 1) { empty in
            initialize(empty.baseAddress)
            return UnsafeRawBufferPointer(empty).load(as: ProtobufCMessage.self).descriptor
        }
        let unpacked = arena.withAllocator { allocator in
            protobuf_c_message_unpack(
                descriptor, allocator, bytes.count,
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        guard let unpacked else {
            throw arena.isExhausted
                ? .tooLarge(message: messageName, bytes: arena.spent, maximum: budget)
                : .malformed(message: messageName)
        }
        return try withExtendedLifetime(arena) { () throws(WireError) -> Self in
            let message = UnsafeRawPointer(unpacked).assumingMemoryBound(to: C.self)
            return try Self(reading: message.pointee, Decoder(arena: arena))
        }
    }
}
