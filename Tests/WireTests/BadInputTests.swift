import Model
import Testing
import Wire

@Suite("What the worker protocol refuses")
struct BadInputTests {
    @Test("A string with a NUL can't be sent")
    func nulOut() {
        var registration = Sample.registration
        registration.name = "a\0b"
        #expect(throws: WireError.invalid(field: "name", problem: "holds a NUL")) {
            try WireCodec.encode(registration)
        }
    }

    @Test("A string with a NUL is refused, not cut off", arguments: [[0x61, 0, 0x62], [0]])
    func nulIn(name: [UInt8]) throws {
        #expect(throws: WireError.invalid(field: "name", problem: "holds a NUL")) {
            try WireCodec.decodeRegistration([0x0A, UInt8(name.count)] + name)
        }
    }

    @Test("Text that is not UTF-8 is refused")
    func notUTF8() {
        #expect(throws: WireError.invalid(field: "name", problem: "is not UTF-8")) {
            try WireCodec.decodeRegistration([0x0A, 2, 0xC3, 0x28])
        }
    }

    @Test("An identifier of any length but 16 is refused", arguments: [0, 1, 15, 17])
    func identifierLength(length: Int) {
        let session = [0x0A, UInt8(length)] + [UInt8](repeating: 1, count: length)
        #expect(
            throws: WireError.invalid(field: "session", problem: "has \(length) bytes, not 16")
        ) {
            try WireCodec.decodeHeartbeat(session)
        }
    }

    @Test("An enum value of a newer version, or none, is refused", arguments: [0, 9, 127])
    func unknownEnum(number: UInt8) throws {
        var message = try WireCodec.encode(
            StatusReport(
                session: countingID(), tasks: [TaskReport(task: countingID(), status: .running)]))
        #expect(message.suffix(2) == [0x10, 4])
        message[message.count - 1] = number
        #expect(
            throws: WireError.invalid(
                field: "task status", problem: "has the unknown value \(number)")
        ) {
            try WireCodec.decodeStatusReport(message)
        }
    }

    @Test("Numbers that arithmetic could trip over are refused")
    func numbers() {
        var registration = Sample.registration
        registration.resources.cpu = -1
        #expect(throws: WireError.self) { try WireCodec.encode(registration) }
        registration.resources.cpu = 1 << 32
        #expect(throws: WireError.self) { try WireCodec.encode(registration) }
        registration.resources.cpu = 1
        registration.resources.tcpPorts = [65_536]
        #expect(throws: WireError.self) { try WireCodec.encode(registration) }
        #expect(throws: WireError.self) {
            try WireCodec.encode(
                AssignmentUpdate.heartbeat(HeartbeatSettings(period: -1, lease: 3_000)))
        }
    }

    @Test("A time that no clock shows is refused")
    func times() throws {
        var task = TaskReport(task: countingID(), status: .stopped)
        task.stoppedAt = WallTime(milliseconds: .max)
        let message = try WireCodec.encode(StatusReport(session: countingID(), tasks: [task]))
        #expect(throws: WireError.self) { try WireCodec.decodeStatusReport(message) }
    }

    @Test("A missing part is named")
    func missing() {
        #expect(throws: WireError.invalid(field: "name", problem: "is empty")) {
            try WireCodec.decodeRegistration([])
        }
        #expect(throws: WireError.invalid(field: "manager", problem: "is empty")) {
            try WireCodec.decodeAssignmentUpdate(bytes("2200"))
        }
    }

    @Test("Lines that are too long, or too many at once, are refused")
    func logs() {
        let long = LogEntry(
            time: 0, container: "a", text: [UInt8](repeating: 0, count: LogEntry.textMaximum + 1))
        let empty = LogEntry(time: 0, container: "a", text: [])
        for entries in [[long], Array(repeating: empty, count: LogOutput.entriesMaximum + 1)] {
            #expect(throws: WireError.self) {
                try WireCodec.decodeLogOutput(WireCodec.encode(LogOutput.entries(entries)))
            }
        }
    }

    @Test("A command that no process could be given, or a piece that is too large, is refused")
    func exec() {
        func update(_ command: [String]) -> AssignmentUpdate {
            let order = ExecOrder(task: countingID(), container: "a", command: command)
            return .exec(ExecRequest(id: countingID(), order: order))
        }
        for command in [[], [""], Array(repeating: "x", count: ExecOrder.wordsMaximum + 1)] {
            #expect(throws: WireError.self) {
                try WireCodec.decodeAssignmentUpdate(WireCodec.encode(update(command)))
            }
        }
        let large = String(repeating: "x", count: ExecOrder.bytesMaximum + 1)
        #expect(throws: WireError.self) {
            try WireCodec.decodeAssignmentUpdate(WireCodec.encode(update([large])))
        }
        let piece = [UInt8](repeating: 0, count: ExecInput.dataMaximum + 1)
        #expect(throws: WireError.self) {
            try WireCodec.decodeExecInput(WireCodec.encode(ExecInput.data(piece)))
        }
        #expect(throws: WireError.self) {
            try WireCodec.decodeExecInput(bytes("1a06088080041001"))
        }
    }

    @Test("A task needs as many container ids as containers")
    func containerIDs() {
        var spec = Sample.spec([Sample.container])
        spec.containerIDs = []
        let update = AssignmentUpdate.complete(
            revision: 1, [Assignment(spec: spec, desired: .running)], more: false)
        #expect(throws: WireError.self) { try WireCodec.encode(update) }
    }

    @Test("A task has at most a hundred containers")
    func containerCount() throws {
        func update(_ count: Int) -> AssignmentUpdate {
            let spec = Sample.spec(Array(repeating: Sample.container, count: count))
            return .complete(revision: 1, [Assignment(spec: spec, desired: .running)], more: false)
        }
        _ = try WireCodec.encode(update(100))
        #expect(throws: WireError.self) { try WireCodec.encode(update(101)) }
    }

    @Test("A message over the bound is refused in both directions")
    func tooLarge() {
        let reason = String(repeating: "x", count: WireLimits.stringMaximum)
        let task = TaskReport(task: countingID(), status: .stopped, reason: reason)
        let report = StatusReport(
            session: countingID(), tasks: Array(repeating: task, count: 65))
        #expect(throws: WireError.self) { try WireCodec.encode(report) }
        let zeros = [UInt8](repeating: 0, count: WireLimits.messageMaximum + 1)
        #expect(throws: WireError.self) { try WireCodec.decodeStatusReport(zeros) }
    }

    @Test("A small message that would take much memory is refused")
    func expansion() {
        // Two bytes on the wire, a struct each in memory.
        let tasks = Array(repeating: [UInt8]([0x12, 0]), count: 1 << 20).joined()
        #expect {
            try WireCodec.decodeStatusReport(Array(tasks))
        } throws: { error in
            if case WireError.tooLarge = error { true } else { false }
        }
    }
}
