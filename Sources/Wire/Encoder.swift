package import CProtobufC
import Model

/// Swift values to the C forms that protobuf-c packs. What it makes lives as long as it does.
package struct Encoder {
    /// Values that do not fit a message would take this much: the bound of the message decides.
    private static let memoryMaximum = 1 << 30

    private let arena = Arena(budget: Encoder.memoryMaximum)
    private let stringMaximum: Int

    package init(stringMaximum: Int = WireLimits.stringMaximum) {
        self.stringMaximum = stringMaximum
    }

    func message<Value: Message>(
        _ value: Value
    ) throws(WireError) -> UnsafeMutablePointer<Value.C> {
        let memory = try allocate(Value.C.self, 1)
        Value.initialize(memory)
        try value.write(to: &memory.pointee, self)
        return memory
    }

    /// The array of pointers of a `repeated` message field.
    func messages<Value: Message>(
        _ values: [Value]
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?> {
        let array = try allocate(UnsafeMutablePointer<Value.C>?.self, values.count)
        for (index, value) in values.enumerated() {
            array[index] = try message(value)
        }
        return array
    }

    package func string(
        _ text: String, _ field: String
    ) throws(WireError) -> UnsafeMutablePointer<CChar> {
        let bytes = text.utf8
        guard bytes.count <= stringMaximum else {
            throw .invalid(
                field: field, problem: "has \(bytes.count) bytes, more than \(stringMaximum)")
        }
        let memory = try allocate(CChar.self, bytes.count + 1)
        var text = text
        let isClean = text.withUTF8 { bytes in
            UnsafeMutableRawBufferPointer(start: memory, count: bytes.count)
                .copyMemory(from: UnsafeRawBufferPointer(bytes))
            return !bytes.contains(0)
        }
        guard isClean else { throw .invalid(field: field, problem: "holds a NUL") }
        return memory
    }

    package func strings(
        _ texts: [String], _ field: String
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        let array = try allocate(UnsafeMutablePointer<CChar>?.self, texts.count)
        for (index, text) in texts.enumerated() {
            array[index] = try string(text, field)
        }
        return array
    }

    package func bytes(_ value: [UInt8]) throws(WireError) -> ProtobufCBinaryData {
        let memory = try allocate(UInt8.self, value.count)
        memory.update(from: value, count: value.count)
        return ProtobufCBinaryData(len: value.count, data: memory)
    }

    func bytes(_ values: [[UInt8]]) throws(WireError) -> UnsafeMutablePointer<ProtobufCBinaryData> {
        let array = try allocate(ProtobufCBinaryData.self, values.count)
        for (index, value) in values.enumerated() {
            array[index] = try bytes(value)
        }
        return array
    }

    func numbers(_ values: [Int32]) throws(WireError) -> UnsafeMutablePointer<Int32> {
        let array = try allocate(Int32.self, values.count)
        array.update(from: values, count: values.count)
        return array
    }

    func identifier<Kind>(_ id: Identifier<Kind>) throws(WireError) -> ProtobufCBinaryData {
        let memory = try allocate(UInt8.self, 16)
        for index in 0..<8 {
            let shift = UInt64(56 - 8 * index)
            memory[index] = UInt8(truncatingIfNeeded: id.high >> shift)
            memory[8 + index] = UInt8(truncatingIfNeeded: id.low >> shift)
        }
        return ProtobufCBinaryData(len: 16, data: memory)
    }

    func identifiers<Kind>(
        _ ids: [Identifier<Kind>]
    ) throws(WireError) -> UnsafeMutablePointer<ProtobufCBinaryData> {
        let array = try allocate(ProtobufCBinaryData.self, ids.count)
        for (index, id) in ids.enumerated() {
            array[index] = try identifier(id)
        }
        return array
    }

    /// An amount, which the wire holds in 32 bits.
    func amount(_ value: some BinaryInteger, _ field: String) throws(WireError) -> UInt32 {
        guard let amount = UInt32(exactly: value) else {
            throw .invalid(field: field, problem: "is \(value), not within 0...\(UInt32.max)")
        }
        return amount
    }

    func port(_ value: Int, _ field: String) throws(WireError) -> UInt32 {
        guard let port = UInt16(exactly: value) else {
            throw .invalid(field: field, problem: "is \(value), not within 0...65535")
        }
        return UInt32(port)
    }

    func ports(_ values: [Int], _ field: String) throws(WireError) -> UnsafeMutablePointer<UInt32> {
        let array = try allocate(UInt32.self, values.count)
        for (index, value) in values.enumerated() {
            array[index] = try port(value, field)
        }
        return array
    }

    package func allocate<Element>(
        _ type: Element.Type, _ count: Int
    ) throws(WireError) -> UnsafeMutablePointer<Element> {
        guard let memory = arena.allocate(count * MemoryLayout<Element>.stride) else {
            throw .tooLarge(
                message: "the message", bytes: arena.spent, maximum: WireLimits.messageMaximum)
        }
        return memory.bindMemory(to: Element.self, capacity: count)
    }
}
