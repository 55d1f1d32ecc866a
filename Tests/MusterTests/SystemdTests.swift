import Foundation
import Testing

@testable import muster

@Suite("The units of deploy/systemd")
struct SystemdTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("deploy/systemd")

    private func read(_ name: String) throws -> String {
        try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test("are what systemd understands", arguments: ["muster-manager", "muster-worker"])
    func verified(unit: String) throws {
        let program = "/usr/bin/systemd-analyze"
        guard FileManager.default.isExecutableFile(atPath: program) else { return }
        // The command is not installed where tests run.
        let text = try read("\(unit).service").replacing("/usr/bin/muster", with: "/bin/true")
        let file = NSTemporaryDirectory() + "\(unit)-\(UUID().uuidString).service"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["verify", "--man=no", file]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let said = String(
            decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let ours = said.split(separator: "\n").filter { $0.contains(unit) }
        #expect(ours.isEmpty, "\(said)")
    }

    @Test("leave containers running when the worker is stopped, and start what stopped again")
    func words() throws {
        let worker = try read("muster-worker.service").split(separator: "\n")
        for line in ["KillMode=process", "Delegate=yes", "Restart=always"] {
            #expect(worker.contains { $0 == line }, "\(line)")
        }
        let manager = try read("muster-manager.service").split(separator: "\n")
        for line in ["User=muster", "NoNewPrivileges=yes", "ProtectSystem=strict"] {
            #expect(manager.contains { $0 == line }, "\(line)")
        }
    }

    @Test("have configurations with settings that there are")
    func configurations() throws {
        for (name, keys) in [
            ("manager.yaml", ManagerPlan.Keys.all), ("worker.yaml", WorkerPlan.Keys.all),
        ] {
            for line in try read(name).split(separator: "\n") where !line.hasPrefix("#") {
                let setting = String(line.prefix { $0 != ":" })
                #expect(keys.contains { $0.name == setting }, "\(setting)")
            }
        }
    }
}
