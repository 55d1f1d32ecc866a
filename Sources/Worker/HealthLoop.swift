import NIOPosix
import Runtimes
import WorkerCore

/// Looks every ``period`` whether the runtime answers and the disk has room, until it is cancelled.
struct HealthLoop: Sendable {
    let runtime: any ContainerRuntime
    /// A folder on the disk.
    let folder: String
    let inbox: Inbox
    let period: Duration

    @concurrent
    func run() async {
        while !Task.isCancelled {
            async let runtimeFault = runtime.fault()
            async let diskFault = diskFault()
            let faults = await (runtimeFault, diskFault)
            // A question that was cut short by the agent's end says nothing.
            guard !Task.isCancelled else { return }
            inbox.post(.examined(runtime: faults.0, disk: faults.1))
            guard (try? await Task.sleep(for: period)) != nil else { return }
        }
    }

    private func diskFault() async -> String? {
        do {
            return try await NIOThreadPool.singleton.runIfActive { [folder] in
                DiskRoom(of: folder)?.fault(of: folder)
            }
        } catch {
            // The process ends.
            return nil
        }
    }
}
