import CProcess
import CRI
import FoundationEssentials
import Glibc
import Model
import RPC

// Network mode none. CRI gives every sandbox that is not on the host's network the one that is
// configured for containerd; here it is taken away again before anything runs in it.
extension ContainerdRuntime {
    /// Leaves nothing but loopback in the sandbox's network, and throws when that can't be. Done
    /// before each container is made, so that nothing starts that was not preceded by it, whatever
    /// died in between.
    func isolate(_ pod: Pod) async throws(RuntimeError) {
        guard pod.plan.mode == .none else { return }
        let answer: SandboxStatusAnswer
        do throws(RPCError) {
            answer = try await client.call(
                .podSandboxStatus, SandboxStatusRequest(id: pod.sandbox, isVerbose: true))
        } catch {
            throw Self.notIsolated(pod, error.message)
        }
        guard let path = Self.networkNamespace(in: answer) else {
            throw Self.notIsolated(pod, "containerd does not say which its namespace is")
        }
        let problem = try await lanes.run(pod.plan.spec.id) { () throws(RuntimeError) in
            let result = cprocess_network_isolate(path)
            return result < 0 ? String(cString: strerror(-result)) : nil
        }
        if let problem { throw Self.notIsolated(pod, problem) }
    }

    private static func notIsolated(_ pod: Pod, _ problem: String) -> RuntimeError {
        .cannotCreate(
            "can't take the network from task \(pod.plan.spec.id), whose networkMode is none: "
                + "\(problem).")
    }

    /// What containerd tells when it is asked to be verbose.
    private struct Info: Decodable {
        struct Specification: Decodable {
            struct Linux: Decodable {
                struct Namespace: Decodable {
                    var type: String
                    var path: String?
                }

                var namespaces: [Namespace]?
            }

            var linux: Linux?
        }

        var runtimeSpec: Specification?
    }

    private static func networkNamespace(in answer: SandboxStatusAnswer) -> String? {
        guard let text = answer.info["info"],
            let info = try? JSONDecoder().decode(Info.self, from: Data(text.utf8))
        else { return nil }
        let namespaces = info.runtimeSpec?.linux?.namespaces ?? []
        return namespaces.first { $0.type == "network" }?.path.flatMap { $0.isEmpty ? nil : $0 }
    }
}
