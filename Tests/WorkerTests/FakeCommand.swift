import Model
import Runtimes

/// A command that says what it is told, and ends with 7 when its input ends.
final class FakeCommand: RunningCommand {
    struct State: Sendable {
        var told: [[UInt8]] = []
        var said = 0
        var size: TerminalSize?
        var code: Int32?
    }

    let state = Watched(State())

    func output() async -> [UInt8]? {
        _ = try? await state.wait { $0.said < $0.told.count || $0.code != nil }
        return state.update { state in
            guard state.said < state.told.count else { return nil }
            defer { state.said += 1 }
            return state.told[state.said]
        }
    }

    func errors() async -> [UInt8]? { nil }

    func write(_ bytes: [UInt8]) async { state.update { $0.told.append(bytes) } }

    func endInput() async { state.update { $0.code = $0.code ?? 7 } }

    func resize(_ size: TerminalSize) { state.update { $0.size = size } }

    func kill() { state.update { $0.code = $0.code ?? 137 } }

    func exitCode() async -> Int32? {
        (try? await state.wait { $0.code != nil })?.code
    }
}
