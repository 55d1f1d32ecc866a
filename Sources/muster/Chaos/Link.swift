import Model
import NIOCore
import NIOPosix
import Synchronization

/// The way from one worker to its manager, which can be made to pass nothing, pass late, or break.
///
/// It stands between them as a proxy on loopback, so that links can be cut without root and without
/// namespaces. To both sides a cut looks as over a network: what was sent waits and arrives when
/// the link heals, and a new connection gets no answer. But that one side is gone the other hears
/// through a cut, too.
final class Link: Sendable {
    struct State: Hashable {
        var passesToManager = true
        var passesFromManager = true
        /// Milliseconds.
        var late: Int64 = 0
    }

    private struct Inner {
        var state = State()
        var pairs: [ObjectIdentifier: Pair] = [:]
    }

    private let inner = Mutex(Inner())
    private let group: any EventLoopGroup
    let manager: Address

    init(to manager: Address, group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup) {
        self.manager = manager
        self.group = group
    }

    /// - Returns: Where the worker finds its manager, and what stops the link.
    func listen() async throws -> (Address, any Channel) {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                self.join(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (Address(host: "127.0.0.1", port: channel.localAddress?.port ?? 0), channel)
    }

    var state: State { inner.withLock { $0.state } }

    /// Lets it pass what it should from now on.
    func set(_ state: State) {
        let pairs = inner.withLock { inner in
            inner.state = state
            return Array(inner.pairs.values)
        }
        for pair in pairs { pair.look() }
    }

    /// Breaks the connections that there are.
    func breakConnections() {
        for pair in inner.withLock({ Array($0.pairs.values) }) { pair.close() }
    }

    private func join(_ worker: any Channel) {
        let pair = Pair(self, worker)
        inner.withLock { $0.pairs[ObjectIdentifier(pair)] = pair }
        pair.open()
    }

    fileprivate func forget(_ pair: Pair) {
        inner.withLock { _ = $0.pairs.removeValue(forKey: ObjectIdentifier(pair)) }
    }

    fileprivate func connect(on loop: any EventLoop) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .connect(host: manager.host, port: manager.port)
    }
}

/// One connection and its other half; all of it happens on one event loop.
private final class Pair: Sendable {
    private let link: Link
    private let worker: any Channel
    private let manager: NIOLoopBoundBox<(any Channel)?>

    init(_ link: Link, _ worker: any Channel) {
        self.link = link
        self.worker = worker
        manager = NIOLoopBoundBox.makeEmptyBox(eventLoop: worker.eventLoop)
    }

    func open() {
        worker.closeFuture.whenComplete { _ in self.close() }
        link.connect(on: worker.eventLoop).whenComplete { result in
            switch result {
            case .failure: self.worker.close(promise: nil)
            case .success(let other): self.tie(to: other)
            }
        }
    }

    private func tie(to other: any Channel) {
        manager.value = other
        other.closeFuture.whenComplete { _ in self.close() }
        do {
            try worker.pipeline.syncOperations.addHandler(
                Passing(to: other) { [link] in
                    (link.state.passesToManager, link.state.late)
                })
            try other.pipeline.syncOperations.addHandler(
                Passing(to: worker) { [link] in
                    (link.state.passesFromManager, link.state.late)
                })
        } catch {
            close()
        }
    }

    /// The link changed.
    func look() {
        worker.eventLoop.execute {
            for channel in [self.worker, self.manager.value].compactMap(\.self) {
                channel.pipeline.fireUserInboundEventTriggered(Passing.Changed())
            }
        }
    }

    func close() {
        worker.eventLoop.execute {
            self.link.forget(self)
            self.worker.close(promise: nil)
            self.manager.value?.close(promise: nil)
        }
    }
}

/// Passes what is read to the other side, as the link allows; reads no more while so much is on its
/// way, so that what waits is in the sockets' buffers, as it would be in a network's.
private final class Passing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    struct Changed: Sendable {}

    private let other: any Channel
    private let link: () -> (passes: Bool, late: Int64)
    private var isReading = false
    /// Bytes that were read and are not with the other side.
    private var underWay = 0
    private static let underWayMaximum = 1 << 20
    /// When what was read last is passed.
    private var due = NIODeadline.now()
    /// Read as the link was cut.
    private var held: ByteBuffer?

    init(to other: any Channel, _ link: @escaping () -> (passes: Bool, late: Int64)) {
        self.other = other
        self.link = link
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // A channel that is asked to read before it is open never reads.
        if context.channel.isActive { read(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        read(context)
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is Changed { read(context) }
    }

    private func read(_ context: ChannelHandlerContext) {
        guard link().passes, !isReading, underWay < Self.underWayMaximum else { return }
        isReading = true
        if let bytes = held {
            held = nil
            pass(bytes, context)
        }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if held == nil, link().passes { return pass(bytes, context) }
        held?.writeBuffer(&bytes)
        held = held ?? bytes
    }

    private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let (other, count) = (other, bytes.readableBytes)
        underWay += count
        let own = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let send: @Sendable () -> Void = {
            other.writeAndFlush(bytes).whenComplete { _ in
                let (passing, context) = own.value
                passing.underWay -= count
                passing.read(context)
            }
        }
        // Nothing overtakes what was sent while the link was slower.
        due = max(.now() + .milliseconds(link().late), due)
        if due > .now() {
            context.eventLoop.scheduleTask(deadline: due, send)
        } else {
            send()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        read(context)
    }
}
