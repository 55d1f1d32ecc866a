import Foundation
import Glibc

/// A host of its own on this machine: a network, PID and mount namespace with a containerd of its
/// own, so that several workers of `muster up` don't clash, and whose death is a loss of power. All
/// of it is done by the script beside this file, which is part of this program.
struct SimulatedHost: Equatable, Sendable {
    /// Where its disk is: in the data folder of its worker.
    let folder: String
    /// It decides on addresses; no two on a machine have the same.
    let number: Int

    /// The machine's address on the hosts' network, where a manager listens for their workers.
    static let gateway = "10.98.0.1"

    init(worker data: String, number: Int) {
        folder = Self.folder(worker: data)
        self.number = number
    }

    /// The one that a worker is on, if it is on one.
    static func of(worker data: String) -> SimulatedHost? {
        let file = folder(worker: data) + "/number"
        let text = try? String(contentsOfFile: file, encoding: .utf8)
        return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            .map { SimulatedHost(worker: data, number: $0) }
    }

    private static func folder(worker data: String) -> String { data + "/host" }

    var socket: String { folder + "/containerd.sock" }

    /// Says what is missing for one on this machine, and how to get it.
    static func check() throws(Failure) {
        guard geteuid() == 0 else {
            throw Failure(
                .unavailable,
                "muster up --runtime containerd makes a simulated host for each worker, which "
                    + "only root may. Run it as root, or leave --runtime out.")
        }
        let (code, output) = try run(["check"])
        guard code != 0 else { return }
        throw Failure(
            .unavailable,
            "The simulated hosts of muster up --runtime containerd can't be made here: "
                + "\(output). On Debian or Ubuntu: apt-get install containerd runc "
                + "containernetworking-plugins iproute2 iptables procps util-linux.")
    }

    /// Makes the network of the hosts, on which the manager listens.
    static func makeNetwork() throws(Failure) {
        try must(["network"])
    }

    static func removeNetwork() {
        _ = try? run(["no-network"])
    }

    /// Boots it unless it is up, and becomes the same program inside it. Returns only in failure.
    func enter(_ arguments: [String]) throws(Failure) -> Never {
        let registry = ProcessInfo.processInfo.environment["MUSTER_IMAGE_REGISTRY"] ?? ""
        try Self.must(["up", folder, String(number), registry])
        let words = ["bash", "-c", Self.script, "simulated-host", "exec", folder] + arguments
        var pointers = words.map { strdup($0) } + [nil]
        execvp("bash", &pointers)
        throw Failure(.software, "bash can't be run: \(String(cString: strerror(errno)))")
    }

    /// Takes it off the machine; its disk stays.
    func end() {
        _ = try? Self.run(["off", folder])
    }

    /// Cuts its power: the agent, containerd and every container die at once.
    ///
    /// - Returns: How many containers it had; `nil` when the worker is on no such host.
    static func cutPower(worker data: String) -> Int? {
        let folder = folder(worker: data)
        guard FileManager.default.fileExists(atPath: folder + "/number") else { return nil }
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: data + "/tasks")) ?? []
        let containers = tasks.flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: "\(data)/tasks/\($0)")) ?? []
        }
        guard let (code, _) = try? run(["kill", folder]), code == 0 else { return nil }
        return containers.count
    }

    // MARK: The script

    private static var script: String {
        String(decoding: PackageResources.simulated_host_sh, as: UTF8.self)
    }

    private static func must(_ words: [String]) throws(Failure) {
        let (code, output) = try run(words)
        guard code != 0 else { return }
        throw Failure(.unavailable, "A simulated host can't be had: \(output)")
    }

    private static func run(_ words: [String]) throws(Failure) -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script, "simulated-host"] + words
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        do {
            try process.run()
        } catch {
            throw Failure(.unavailable, "bash can't be run: \(error)")
        }
        let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        return (
            process.terminationStatus, text.trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }
}
