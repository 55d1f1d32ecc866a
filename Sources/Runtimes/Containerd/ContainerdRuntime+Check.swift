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
        follower.checks.begin(in: made.id)
        let answer = await answer(of: arguments, in: made.id, within: check.timeout)
        let leaders = follower.checks.end(in: made.id)
        switch answer {
        case .success(let answer): if answer.exitCode == 0 { return true }
        case .failure(let error):
            switch error.code {
            // Without containerd nobody can tell; the container runs on.
            case .unavailable, .cancelled: return nil
            default: break
            }
            await lanes.runOnFiles {
                for leader in leaders { CommandSession(leader: leader, container: made.id).kill() }
            }
        }
        // One that failed since its container had ended says nothing of it.
        let status = try? await status(of: made.id)
        return status?.state == .running ? false : nil
    }

    private func answer(
        of command: [String], in container: String, within seconds: Int
    ) async -> Result<ExecSyncAnswer, RPCError> {
        do throws(RPCError) {
            let request = ExecSync(
                container: container, command: command, timeout: Int64(seconds))
            return .success(
                try await client.once(.execSync, request, timeout: .seconds(seconds + 1)))
        } catch {
            return .failure(error)
        }
    }
}
