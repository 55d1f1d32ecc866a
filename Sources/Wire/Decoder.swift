package import CProtobufC
import Model

/// C forms that protobuf-c unpacked to Swift values, with every rule of `worker.proto` checked.
package struct Decoder {
    private let arena: Arena
    private let stringMaximum: Int

    package init(arena: Arena, stringMaximum: Int = WireLimits.stringMaximum) {
        self.arena = arena
        self.stringMaximum = stringMaximum
    }

    func message<Value: Message>(
        _ pointer: UnsafeMutablePointer<Value.C>?, _ field: String
    ) throws(WireError) -> Value {
        guard let pointer else { throw .invalid(field: field, problem: "is missing") }
        return try Value(reading: pointer.pointee, self)
    }

    func messages<Value: Message>(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>?, _ count: Int,
        _ field: String
    ) throws(WireError) -> [Value] {
        guard let pointers else { return [] }
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            values.append(try message(pointers[index], field))
        }
        return values
    }

    package func string(_ pointer: UnsafeMutablePointer<CChar>?, _ field: String) throws(WireError)
        -> String
    {
        // What is not of the arena is protobuf-c's constant for an absent string.
        guard let pointer, let size = arena.size(of: pointer), size > 1 else { return "" }
        let bytes = UnsafeRawBufferPointer(start: pointer, count: size - 1)
        guard bytes.count <= stringMaximum else {
            throw .invalid(
                field: field, problem: "has \(bytes.count) bytes, more than \(stringMaximum)")
        }
        guard !bytes.contains(0) else { throw .invalid(field: field, problem: "holds a NUL") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalid(field: field, problem: "is not UTF-8")
        }
        return text
    }

    package func strings(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int,
        _ field: String
    ) throws(WireError) -> [String] {
        guard let pointers else { return [] }
        var texts: [String] = []
        texts.reserveCapacity(count)
        for index in 0..<count {
            texts.append(try string(pointers[index], field))
        }
        return texts
    }

    package func bytes(_ value: ProtobufCBinaryData) -> [UInt8] {
        Array(UnsafeBufferPointer(start: value.data, count: value.data == nil ? 0 : value.len))
    }

    func bytes(_ array: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int) -> [[UInt8]] {
        guard let array else { return [] }
        return (0..<count).map { bytes(array[$0]) }
    }

    func numbers(_ array: UnsafeMutablePointer<Int32>?, _ count: Int) -> [Int32] {
        Array(UnsafeBufferPointer(start: array, count: array == nil ? 0 : count))
    }

    func identifier<Kind>(
        _ bytes: ProtobufCBinaryData, _ field: String
    ) throws(WireError) -> Identifier<Kind> {
        guard bytes.len == 16, let data = bytes.data else {
            throw .invalid(field: field, problem: "has \(bytes.len) bytes, not 16")
        }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(data[index])
            low = low << 8 | UInt64(data[8 + index])
        }
        return Identifier(high: high, low: low)
    }

    func identifiers<Kind>(
        _ array: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: String
    ) throws(WireError) -> [Identifier<Kind>] {
        guard let array else { return [] }
        var ids: [Identifier<Kind>] = []
        ids.reserveCapacity(count)
        for index in 0..<count {
            ids.append(try identifier(array[index], field))
        }
        return ids
    }

    func bytes(
        _ bytes: ProtobufCBinaryData, _ field: String, _ sizes: ClosedRange<Int>
    ) throws(WireError) -> [UInt8] {
        guard sizes.contains(bytes.len) else {
            throw .invalid(field: field, problem: "has \(bytes.len) bytes, not \(sizes)")
        }
        return Array(UnsafeBufferPointer(start: bytes.data, count: bytes.len))
    }

    func bytes(
        _ array: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: String,
        _ sizes: ClosedRange<Int>
    ) throws(WireError) -> [[UInt8]] {
        guard let array else { return [] }
        var list: [[UInt8]] = []
        for index in 0..<count { list.append(try bytes(array[index], field, sizes)) }
        return list
    }

    func port(_ value: UInt32, _ field: String) throws(WireError) -> Int {
        guard value <= UInt16.max else {
            throw .invalid(field: field, problem: "is \(value), not within 0...65535")
        }
        return Int(value)
    }

    func ports(
        _ array: UnsafeMutablePointer<UInt32>?, _ count: Int, _ field: String
    ) throws(WireError) -> [Int] {
        guard let array else { return [] }
        var ports: [Int] = []
        ports.reserveCapacity(count)
        for index in 0..<count {
            ports.append(try port(array[index], field))
        }
        return ports
    }

    func wallTime(_ milliseconds: Int64, _ field: String) throws(WireError) -> WallTime {
        guard (0...WireLimits.wallTimeMaximum).contains(milliseconds) else {
            throw .invalid(field: field, problem: "is \(milliseconds), not a time of our era")
        }
        return WallTime(milliseconds: milliseconds)
    }
}
