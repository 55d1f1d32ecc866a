/// Resident memory of held connections, and what a push to all of them takes.
struct MemoryRows {
    var settings: TransportSettings

    /// Resident bytes of a server per idle connection.
    func bytesPerIdleConnection(_ server: Server, isTLS: Bool = false) throws -> Double {
        let arguments = isTLS ? settings.authorityArguments : []
        let running = try server.start(settings, arguments: arguments)
        defer { running.process.stop() }
        // What the first connections bring about once is not theirs.
        try hold(running, count: 100, arguments).stop()
        let before = try running.process.settledResidentBytes()
        let holder = try hold(running, count: settings.held, arguments)
        defer { holder.stop() }
        let after = try running.process.settledResidentBytes()
        return Double(after - before) / Double(settings.held)
    }

    struct FanOut {
        /// From asking until the last stream had its message, a figure a push.
        var seconds: [Double] = []
        /// Resident bytes per stream before the pushes.
        var held = 0.0
        /// What the first push needs per stream, at its height.
        var peak = 0.0
        /// What the pushes after the first add to the height, per stream.
        var growth = 0.0
    }

    /// One message to every stream, several times.
    func fanOut(_ server: Server) throws -> FanOut {
        let running = try server.start(settings)
        defer { running.process.stop() }
        let process = running.process
        let start = try process.settledResidentBytes()
        let holder = try hold(running, count: settings.held, ["--streams"])
        defer { holder.stop() }
        var result = FanOut()
        let held = try process.settledResidentBytes()
        result.held = Double(held - start) / Double(settings.held)
        try process.forgetPeak()
        result.seconds.append(try push(holder))
        let firstPeak = try process.peakResidentBytes()
        for _ in 1..<max(3, settings.rounds) { result.seconds.append(try push(holder)) }
        let lastPeak = try process.peakResidentBytes()
        result.peak = Double(firstPeak - held) / Double(settings.held)
        result.growth = Double(lastPeak - firstPeak) / Double(settings.held)
        return result
    }

    private func push(_ holder: MeasuredProcess) throws -> Double {
        try holder.tell("push")
        return try seconds(holder.line(after: "pushed"))
    }

    private func hold(
        _ server: RunningServer, count: Int, _ arguments: [String]
    ) throws -> MeasuredProcess {
        let holder = try MeasuredProcess(
            name: "the holder of \(count) connections to \(server.kind.rawValue)",
            command: [settings.bench, "hold", "--port", "\(server.port)", "--count", "\(count)"]
                + arguments,
            core: settings.loadCore)
        _ = try seconds(holder.line(after: "held"))
        return holder
    }

    private func seconds(_ text: String) throws -> Double {
        guard let seconds = Double(text) else { throw BenchError("\(text) is no time") }
        return seconds
    }
}
