package import Model

/// Tasks are nearly all that a busy manager writes. Their own conformance says what a task's text
/// is; this writes the same member by member, without containers and keys, in a fraction of the
/// time. `TaskTextTests` holds the two together.
extension JSONText {
    package func encode(task: ECSTask) throws -> String {
        try encode { try write(task) }
    }

    private func write(_ task: ECSTask) throws {
        raw(#"{"id":"#)
        write(task.id)
        raw(#","instance":"#)
        write(task.instance)
        raw(#","origin":"#)
        try write(value: task.origin)
        raw(#","containers":["#)
        var isFirst = true
        for container in task.containers {
            if !isFirst { raw(",") }
            isFirst = false
            try write(container)
        }
        raw(#"],"createdAt":"#)
        write(number: task.createdAt.milliseconds)
        raw(#","desiredStatus":"#)
        write(task.desiredStatus.rawValue)
        raw(#","lastStatus":"#)
        write(number: task.lastStatus.rawValue)
        raw(#","health":"#)
        write(task.health.rawValue)
        write(task.pullStartedAt, #","pullStartedAt":"#)
        write(task.pullStoppedAt, #","pullStoppedAt":"#)
        write(task.startedAt, #","startedAt":"#)
        write(task.stoppingAt, #","stoppingAt":"#)
        write(task.executionStoppedAt, #","executionStoppedAt":"#)
        write(task.stoppedAt, #","stoppedAt":"#)
        write(task.stopCode?.rawValue, #","stopCode":"#)
        write(task.stoppedReason, #","stoppedReason":"#)
        raw(#","version":"#)
        write(number: task.version)
        write(task.protectedUntil, #","protectedUntil":"#)
        raw("}")
    }

    private func write(_ container: Container) throws {
        let make = container.make.value
        raw(#"{"id":"#)
        write(container.id)
        raw(#","name":"#)
        write(make.name)
        raw(#","image":"#)
        write(make.image)
        raw(#","lastStatus":"#)
        write(number: container.lastStatus.rawValue)
        write(container.exitCode, #","exitCode":"#)
        write(container.reason, #","reason":"#)
        write(container.runtimeID, #","runtimeID":"#)
        try write(list: container.networkBindings, #","networkBindings":"#)
        raw(#","health":"#)
        write(container.health.rawValue)
        raw(#","cpu":"#)
        write(number: make.cpu)
        write(make.memory, #","memory":"#)
        write(make.memoryReservation, #","memoryReservation":"#)
        write(container.restarts, #","restarts":"#)
        write(container.imageDigest, #","imageDigest":"#)
        write(container.address, #","address":"#)
        raw("}")
    }

    func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    func write(_ time: WallTime?, _ name: StaticString) {
        write(time?.milliseconds, name)
    }

    func write(_ number: (some FixedWidthInteger)?, _ name: StaticString) {
        guard let number else { return }
        raw(name)
        write(number: number)
    }

    func write(_ text: String?, _ name: StaticString) {
        guard let text else { return }
        raw(name)
        write(text)
    }

    func write(list: [some Encodable], _ name: StaticString) throws {
        raw(name)
        if list.isEmpty { raw("[]") } else { try write(value: list) }
    }

    func write<Kind>(_ id: Identifier<Kind>) {
        bytes.append(UInt8(ascii: "\""))
        for word in [id.high, id.low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0xF
                bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
