import HTTP2

extension FuzzTarget {
    /// Header lists of a peer whose HTTP/2 is in order: lines of `name: value`.
    static let headers = [
        FuzzTarget(name: "headers-server") { bytes in
            guard let peer = HTTP2Session(role: .client) else { return }
            guard let stream = peer.request(list(bytes)) else { return }
            peer.write(ByteQueue([0, 0, 0, 0, 1, 7]), stream: stream)
            peer.finish(stream: stream)
            let server = FuzzedServer()
            talk(peer, to: server.receive)
            server.end()
        },
        FuzzTarget(name: "headers-client") { bytes in
            guard let peer = HTTP2Session(role: .server) else { return }
            let client = FuzzedClient()
            client.flush().withUnsafeBytes { peer.receive($0, at: 0) }
            let halves = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
                .split(maxSplits: 1, omittingEmptySubsequences: false) { $0.isEmpty }
            for event in peer.takeEvents().list {
                guard case .headers(let stream, _, _) = event else { continue }
                peer.respond(list(halves[0]), stream: stream)
                peer.write(ByteQueue([0, 0, 0, 0, 1, 7]), stream: stream)
                peer.finish(stream: stream, trailers: list(halves.count > 1 ? halves[1] : []))
            }
            talk(peer, to: client.receive)
            client.end()
        },
    ]

    private static func list(_ bytes: UnsafeRawBufferPointer) -> HTTP2Headers {
        list(bytes.split(separator: 0x0A)[...])
    }

    private static func list(_ lines: ArraySlice<Slice<UnsafeRawBufferPointer>>) -> HTTP2Headers {
        var headers = HTTP2Headers()
        for line in lines {
            // A pseudo-header begins with the colon that ends another's name.
            guard let end = line.dropFirst().firstIndex(of: 0x3A) else { continue }
            headers.append(
                String(decoding: line[..<end], as: UTF8.self),
                String(decoding: line[line.index(after: end)...].drop { $0 == 0x20 }, as: UTF8.self)
            )
        }
        return headers
    }

    private static func talk(_ peer: HTTP2Session, to receive: (ArraySlice<UInt8>) -> Void) {
        var bytes: [UInt8] = []
        _ = peer.send(upTo: 1 << 20) { bytes.append(contentsOf: $0) }
        receive(bytes[...])
    }
}
