import Model

/// An origin's text, the same as its conformance's (`TaskTextTests`), without containers and keys.
/// Half of a task's text is its origin, and RunTask makes one with each call.
extension JSONText {
    func write(_ origin: TaskOrigin) throws {
        raw(#"{"cluster":"#)
        write(origin.cluster)
        raw(#","definition":"#)
        write(origin.definition)
        raw(#","group":"#)
        write(origin.group)
        write(origin.startedBy, #","startedBy":"#)
        if let service = origin.service {
            raw(#","service":"#)
            write(service)
        }
        write(origin.deployment?.number, #","deployment":"#)
        raw(#","launchType":"#)
        write(origin.launchType.rawValue)
        try write(origin.reserved)
        if origin.overrides == Self.noOverrides {
            raw(#","overrides":{"containers":[],"document":"{}"}"#)
        } else {
            raw(#","overrides":"#)
            try write(value: origin.overrides)
        }
        write(origin.clientToken, #","clientToken":"#)
        try write(list: origin.tags, #","tags":"#)
        write(origin.onLost?.rawValue, #","onLost":"#)
        if let wish = origin.wish {
            raw(#","wish":"#)
            try write(value: wish)
        }
        write(origin.capacityProvider, #","capacityProvider":"#)
        if let hasHealthCheck = origin.hasHealthCheck {
            raw(#","hasHealthCheck":"#)
            raw(hasHealthCheck ? "true" : "false")
        }
        if let takesCommands = origin.takesCommands {
            raw(#","takesCommands":"#)
            raw(takesCommands ? "true" : "false")
        }
        raw("}")
    }

    private static let noOverrides = TaskOverrides()

    private func write(_ reserved: Resources) throws {
        raw(#","reserved":{"cpu":"#)
        write(number: reserved.cpu)
        raw(#","memory":"#)
        write(number: reserved.memory)
        try write(list: reserved.tcpPorts, #","tcpPorts":"#)
        try write(list: reserved.udpPorts, #","udpPorts":"#)
        raw(#","gpus":"#)
        write(number: reserved.gpus)
        raw("}")
    }
}
