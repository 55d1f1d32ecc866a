import Foundation
import Worker

extension Machine {
    static func here() -> Machine {
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first
        return Machine(
            name: host.map(String.init) ?? "worker", resources: HostResources.offered())
    }
}
