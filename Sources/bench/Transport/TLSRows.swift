/// CPU per call with TLS, against the same server without it, on connections that are established.
struct TLSRows {
    private static let atMost = 1.8

    var settings: TransportSettings

    func rows() throws -> [Row] {
        let plain = try Server.muster.start(settings)
        defer { plain.process.stop() }
        let secure = try Server.muster.start(settings, arguments: settings.authorityArguments)
        defer { secure.process.stop() }
        return try [
            ("1 connection x 100 streams", Load.heartbeats(connections: 1, streams: 100)),
            ("100 connections x 1 stream", Load.heartbeats(connections: 100, streams: 1)),
        ].map { name, load in try row(name, load, plain, secure) }
    }

    private func row(
        _ name: String, _ load: Load, _ plain: RunningServer, _ secure: RunningServer
    ) throws -> Row {
        var bare = load
        bare.countsCallsOnly = true
        var encrypted = bare
        encrypted.isTLS = true
        let figures = try Comparison(
            runner: LoadRunner(settings: settings),
            subjects: [
                .init(server: plain, load: bare), .init(server: secure, load: encrypted),
            ]
        ).run()
        let ratio = figures[1].ratio(to: figures[0])
        return Row(
            "the same with TLS 1.3, \(name)", target: "≤ \(Self.atMost) x plaintext",
            measured: "\(figures[1].microseconds) us = \(ratio.short) x plaintext "
                + "(\(figures[0].microseconds) us)",
            isMet: ratio <= Self.atMost)
    }
}
