import CRI
public import Model
import RPC

extension ContainerdRuntime {
    @concurrent
    public func check(
        _ container: ContainerKey, _ check: HealthCheck
    ) async throws(RuntimeError) -> Bool? {
        guard let arguments = check.arguments, let made = pods.made(container),
            made.phase == .running
        else { return nil }
        do throws(RPCError) {
            let request = ExecSync(
                container: made.id, command: arguments, timeout: Int64(check.timeout))
            let answer: ExecSyncAnswer = try await client.once(
                .execSync, request, timeout: .seconds(check.timeout + 1))
            if answer.exitCode == 0 { return true }
        } catch {
            switch error.code {
            // Without containerd nobody can tell; the container runs on.
            case .unavailable, .cancelled: return nil
            default: break
            }
        }
        // One that failed since its container had ended says nothing of it.
        let status = try? await status(of: made.id)
        return status?.state == .running ? false : nil
    }
}
