import NIOCore

/// A call of a channel, between the connection that it is on now and whoever waits for it.
final class ChannelCall: ClientCallReceiver {
    let number: UInt64
    /// `nil` for one that only waits for the channel to be ready.
    let request: ClientRequest?
    let waitForReady: Bool
    /// By the event loop's clock.
    let deadline: NIODeadline?
    private let receiver: any ClientCallReceiver
    private let links: NIOLoopBoundBox<ChannelLinks>

    init(
        number: UInt64, request: ClientRequest?, waitForReady: Bool, timeout: Duration?,
        receiver: any ClientCallReceiver, links: NIOLoopBoundBox<ChannelLinks>
    ) {
        self.number = number
        self.request = request
        self.waitForReady = waitForReady
        deadline = timeout.map { NIODeadline.now() + TimeAmount(clamping: $0) }
        self.receiver = receiver
        self.links = links
    }

    var isOver: Bool { receiver.isOver }

    func began(_ metadata: RPCMetadata) {
        receiver.began(metadata)
    }

    func receive(_ message: [UInt8]) -> Bool {
        receiver.receive(message)
    }

    func end(_ status: RPCStatus, _ metadata: RPCMetadata) {
        receiver.end(status, metadata)
        links.value.over(self)
    }

    func refused(_ status: RPCStatus, isConnectionOver: Bool) {
        links.value.apply(.refused(number, status, isLinkOver: isConnectionOver))
    }

    /// The call ends without ever having been on a connection.
    func endUnstarted(_ status: RPCStatus) {
        receiver.end(status, .init())
    }

    /// The channel is ready, which is all that this call waited for.
    func endReady() {
        _ = receiver.receive([])
        receiver.end(.ok, .init())
    }
}
