import Foundation
import ProcessSupport
import Synchronization
import Testing

/// Writes one after another and remembers what was acknowledged, and with which answer.
final class AcknowledgedWrites: Sendable {
    private struct State {
        var attempts = 0
        /// The number of the write, and the ARN it was answered with.
        var acknowledged: [Int: String] = [:]
    }

    private let state = Mutex(State())

    var attempts: Int { state.withLock { $0.attempts } }
    var acknowledged: [Int: String] { state.withLock { $0.acknowledged } }

    /// Registers definitions and creates clusters in turn until one write is not answered.
    ///
    /// - Returns: The number of the next write.
    func write(from first: Int, to end: Int, client: ECSClient) async -> Int {
        for number in first..<end {
            state.withLock { $0.attempts = number + 1 }
            do {
                let arn = try await write(number, client)
                state.withLock { $0.acknowledged[number] = arn }
            } catch {
                return number + 1
            }
        }
        return end
    }

    private func write(_ number: Int, _ client: ECSClient) async throws -> String {
        if number.isMultiple(of: 2) {
            let answer = try await client.call(
                "CreateCluster", ["clusterName": .string("cluster-\(number)")])
            return answer["cluster"]["clusterArn"].string
        }
        let answer = try await client.call(
            "RegisterTaskDefinition",
            [
                "family": .string("family-\(number % 10)"),
                "containerDefinitions": [
                    ["name": "main", "image": "busybox", "memory": 16, "command": ["true"]]
                ],
            ])
        return answer["taskDefinition"]["taskDefinitionArn"].string
    }

    /// Every acknowledged write is there, under the name it was acknowledged with.
    func check(_ client: ECSClient) async throws {
        for (number, arn) in acknowledged.sorted(by: { $0.key < $1.key }) {
            if number.isMultiple(of: 2) {
                let answer = try await client.call("DescribeClusters", ["clusters": [.string(arn)]])
                #expect(answer["clusters"][0]["status"] == "ACTIVE", "write \(number)")
            } else {
                let answer = try await client.call(
                    "DescribeTaskDefinition", ["taskDefinition": .string(arn)])
                let found = answer["taskDefinition"]["taskDefinitionArn"].string
                #expect(found == arn, "write \(number)")
            }
        }
    }
}
