import ArgumentParser
import ECSAPI
import Foundation
import Glibc
import Model
import UnixSignals

struct ExecVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Runs a command in a container of a task.",
        discussion: """
              $ muster exec -it 3f2a91c0 -- sh                      # a shell at this terminal
              $ muster exec 3f2a91c0 -- cat /etc/hosts              # a task, as muster status shows
              $ muster exec -i 3f2a91c0 --container db -- sh < script
              $ muster exec --cluster production $ARN -- env

            The command has the container's environment, working directory, user and limits, and \
            ends with it, with this program, or when the connection to the manager breaks. Its \
            exit code is this program's.

            The task must have been started with enableExecuteCommand (`aws ecs run-task \
            --enable-execute-command`, or of a service that has it). What `aws ecs \
            execute-command` needs, a session of AWS Systems Manager, Muster does not have.
            """
    )

    @Argument(help: "The task's id, the beginning of it (6 digits or more), or its ARN.")
    var task: String

    @Option(help: "The container; may be left out where there is one.")
    var container: String?

    @Flag(name: [.customShort("i"), .long], help: "Passes this program's input on.")
    var interactive = false

    @Flag(name: [.customShort("t"), .long], help: "Gives the command a terminal.")
    var tty = false

    @Option(help: "The cluster.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Option(help: TokenVerb.apiHelp)
    var api: String?

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("After --: the program and its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("Say after -- what to run, such as: muster exec TASK -- ls -l")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let client = try ManagerClient(flag: api, environment: environment)
        guard !(interactive && tty) || LocalTerminal.isInput else {
            throw Failure(
                .usage, "-t with -i needs a terminal as input, and there is none: leave -t out.")
        }
        let question = ExecQuestion(
            task: task, container: container, cluster: cluster, region: region, command: command,
            input: interactive, terminal: tty ? Self.terminal(environment) : nil)
        let code = try await connected { sizes async throws(Failure) in
            try await client.exec(
                question,
                ExecEnds(
                    input: interactive ? BlockingStream(STDIN_FILENO) : nil,
                    output: BlockingStream(STDOUT_FILENO), errors: BlockingStream(STDERR_FILENO),
                    sizes: sizes))
        }
        if code != 0 { throw ExitCode(code) }
    }

    static func terminal(_ environment: [String: String]) -> ExecTerminal {
        let type = environment["TERM"].flatMap { $0.isEmpty ? nil : $0 }
        return ExecTerminal(type: type ?? "xterm", size: LocalTerminal.size ?? TerminalSize())
    }

    /// With `-i` and `-t` keys go to the command as they are typed, Ctrl-C too; with `-t` so does
    /// the size of the terminal.
    private func connected(
        _ body: (AsyncStream<TerminalSize>) async throws(Failure) -> Int32
    ) async throws(Failure) -> Int32 {
        let (sizes, changed) = AsyncStream.makeStream(
            of: TerminalSize.self, bufferingPolicy: .bufferingNewest(1))
        guard tty else { return try await body(sizes) }
        let raw = interactive ? LocalTerminal.Raw() : nil
        defer { raw?.restore() }
        let watch = Task {
            for await signal in await UnixSignalsSequence(
                trapping: .sigwinch, .sigterm, .sighup, .sigint)
            {
                if signal == .sigwinch {
                    if let size = LocalTerminal.size { changed.yield(size) }
                } else {
                    raw?.restore()
                    Glibc.exit(128 + signal.rawValue)
                }
            }
        }
        defer { watch.cancel() }
        return try await body(sizes)
    }
}
