import CProcess
import Glibc
import Model

/// What a command is given as its input, output and errors, and the ends of it that stay here.
struct CommandStreams {
    /// `nil` where it reads nothing.
    let input: Descriptor?
    let output: Descriptor
    /// `nil` with a terminal.
    let errors: Descriptor?
    /// At whose end the runner ends the command.
    let lifeline: Descriptor
    /// Closed as soon as the runner has them.
    let given: [Descriptor]

    /// For `cprocess_spawn_exec`.
    var descriptors: [Int32] { given.map(\.number) }

    init(_ order: ExecOrder) throws(SystemError) {
        let life = try Self.pipe()
        lifeline = life.write
        if let terminal = order.terminal {
            var ends: [Int32] = [-1, -1]
            try checked(
                cprocess_terminal(
                    Int32(terminal.size.columns), Int32(terminal.size.rows), &ends),
                "can't make a terminal")
            let slave = Descriptor(owning: ends[1])
            output = Descriptor(owning: ends[0])
            input = order.takesInput ? try Self.another(ends[0]) : nil
            errors = nil
            given = [slave, slave, slave, life.read]
            return
        }
        let out = try Self.pipe()
        let err = try Self.pipe()
        try checked(cprocess_unblock(out.read.number), "can't prepare a pipe")
        try checked(cprocess_unblock(err.read.number), "can't prepare a pipe")
        output = out.read
        errors = err.read
        guard order.takesInput else {
            let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard nothing >= 0 else { throw SystemError("can't open /dev/null") }
            input = nil
            given = [Descriptor(owning: nothing), out.write, err.write, life.read]
            return
        }
        let own = try Self.pipe()
        try checked(cprocess_unblock(own.write.number), "can't prepare a pipe")
        input = own.write
        given = [own.read, out.write, err.write, life.read]
    }

    /// The same with a number of its own: libdispatch mixes up a reader and a writer that wait on
    /// one number.
    private static func another(_ number: Int32) throws(SystemError) -> Descriptor {
        let other = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard other >= 0 else { throw SystemError("can't make a terminal") }
        return Descriptor(owning: other)
    }

    private static func pipe() throws(SystemError) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        try checked(cprocess_pipe(&ends), "can't make a pipe")
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }
}
