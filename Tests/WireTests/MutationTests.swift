import Model
import Testing
import Wire

/// Damages valid messages at random, from a seed: decoding either throws or gives a value that
/// encodes to bytes which decode to the same value.
@Suite("Damaged messages")
struct MutationTests {
    private static let rounds = 4_000

    @Test("A damaged message is refused or read as a value that keeps", arguments: 1...4)
    func mutations(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let registration = try WireCodec.encode(Sample.fullRegistration)
        let updates = try Sample.updates.map { try WireCodec.encode($0) }
        let registered = try WireCodec.encode(Sample.registered)
        let report = try WireCodec.encode(
            StatusReport(session: countingID(), tasks: [Sample.stoppedReport]))
        let heartbeat = try WireCodec.encode(Sample.heartbeat)
        let join = try WireCodec.encode(Sample.joinRequest)
        let issued = try WireCodec.encode(Sample.issuedCertificate)
        var refused = 0
        for _ in 0..<Self.rounds {
            do {
                switch random.next() % 7 {
                case 5:
                    let value = try WireCodec.decodeJoinRequest(damage(join, &random))
                    #expect(try WireCodec.decodeJoinRequest(WireCodec.encode(value)) == value)
                case 6:
                    let value = try WireCodec.decodeIssuedCertificate(damage(issued, &random))
                    #expect(
                        try WireCodec.decodeIssuedCertificate(WireCodec.encode(value)) == value)
                case 0:
                    let value = try WireCodec.decodeRegistration(damage(registration, &random))
                    #expect(
                        try WireCodec.decodeRegistration(WireCodec.encode(value)) == value)
                case 1:
                    let update = updates[Int(random.next() % UInt64(updates.count))]
                    let value = try WireCodec.decodeAssignmentUpdate(damage(update, &random))
                    #expect(
                        try WireCodec.decodeAssignmentUpdate(WireCodec.encode(value)) == value)
                case 2:
                    let value = try WireCodec.decodeRegistered(damage(registered, &random))
                    #expect(try WireCodec.decodeRegistered(WireCodec.encode(value)) == value)
                case 3:
                    let value = try WireCodec.decodeStatusReport(damage(report, &random))
                    #expect(
                        try WireCodec.decodeStatusReport(WireCodec.encode(value)) == value)
                default:
                    let value = try WireCodec.decodeHeartbeat(damage(heartbeat, &random))
                    #expect(try WireCodec.decodeHeartbeat(WireCodec.encode(value)) == value)
                }
            } catch {
                refused += 1
            }
        }
        // The guard against a test that damages nothing, or everything.
        #expect(refused > Self.rounds / 10 && refused < Self.rounds)
    }

    private func damage(_ message: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var message = message
        for _ in 0...Int(random.next() % 3) {
            guard !message.isEmpty else { return [UInt8(truncatingIfNeeded: random.next())] }
            let place = Int(random.next() % UInt64(message.count))
            switch random.next() % 5 {
            case 0: message[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: message[place] ^= 1 << UInt8(random.next() % 8)
            case 2: message.removeLast(message.count - place)
            case 3: message.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            default:
                let end = place + Int(random.next() % UInt64(message.count - place))
                message.insert(contentsOf: message[place..<end], at: place)
            }
        }
        return message
    }
}
