import Identity
import Model
import NIOCore
import Wire

/// What the workers of a fleet tell it, on the one event loop of all of them.
protocol FleetEvents: AnyObject {
    /// Registered, its stream open and its complete set there.
    func connected(_ worker: FleetWorker)
    /// The first message that came on its stream since it was ready or marked.
    func touched(_ worker: FleetWorker)
    func heartbeatAnswered(_ worker: FleetWorker)
    func usageAnswered(_ worker: FleetWorker)
    func reportAnswered(_ worker: FleetWorker)
    /// It was given tasks, and is to be told when they have started or stopped.
    func assigned(_ worker: FleetWorker)
    func failed(_ reason: String)
}

/// One worker of a fleet: speaks the worker protocol with as little work as possible, and does what
/// it is assigned by saying that it is done.
final class FleetWorker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let registerStream: UInt32 = 1
    private static let assignmentsStream: UInt32 = 3

    let number: Int
    private let member: FleetMember
    private let frames: WorkerFrames
    private unowned let events: any FleetEvents
    private var context: ChannelHandlerContext?
    private var rest = ByteBuffer()
    /// Of the streams 1 and 3, what makes no whole message yet.
    private var pieces = ByteBuffer()
    private var session: SessionID?
    private(set) var heartbeatPeriod: Int64 = 0
    private var isReady = false
    private var sequence: UInt64 = 0
    private var acknowledged: UInt64 = 0
    private var nextStream: UInt32 = 5
    /// Calls that are not answered yet, and whether their message came.
    private var heartbeat: (stream: UInt32, isAnswered: Bool)?
    private var usage: (stream: UInt32, isAnswered: Bool)?
    private var report: (stream: UInt32, isAnswered: Bool)?
    private var measurements: UInt64 = 0
    /// What is to be reported next.
    private var news: [TaskReport] = []
    /// Tasks that run, as the manager knows.
    private(set) var running: Set<TaskID> = []
    private var reported: [TaskReport] = []
    /// Whether a message on the stream is news to the fleet.
    var isMarked = false

    init(number: Int, member: FleetMember, events: any FleetEvents) {
        self.number = number
        self.member = member
        self.events = events
        frames = WorkerFrames(isTLS: member.tls != nil)
    }

    /// Whether a heartbeat is on its way.
    var isBeating: Bool { heartbeat != nil }
    /// Whether a report of usage is.
    var isTellingUsage: Bool { usage != nil }

    // MARK: What it says

    func beat() {
        guard let session, heartbeat == nil else { return }
        sequence += 1
        call(
            WorkerService.heartbeat,
            Heartbeat(session: session, sequence: sequence, acknowledged: acknowledged)
        ) { try WireCodec.encode($0) }.map { heartbeat = ($0, false) }
    }

    /// Says what the containers of its running tasks use.
    func tellUsage() {
        guard let session, usage == nil else { return }
        measurements += 1
        let containers = running.map { task in
            ContainerUsage(
                task: task, container: "main", cpu: 12_345, memory: 67 << 20,
                memoryLimit: 100 << 20, received: 1_234, sent: 5_678, processes: 2)
        }
        call(
            WorkerService.reportUsage,
            UsageReport(session: session, number: measurements, containers: containers)
        ) { try WireCodec.encode($0) }.map { usage = ($0, false) }
    }

    /// Says what became of its tasks.
    func reportNews() {
        guard let session, report == nil, !news.isEmpty else { return }
        reported = news
        news = []
        call(WorkerService.reportStatus, StatusReport(session: session, tasks: reported)) {
            try WireCodec.encode($0)
        }.map { report = ($0, false) }
    }

    /// Makes a unary call. Returns its stream.
    private func call<Request>(
        _ path: String, _ request: Request, _ encode: (Request) throws -> [UInt8]
    ) -> UInt32? {
        do {
            let stream = nextStream
            nextStream += 2
            write(frames.request(path, try encode(request), stream: stream))
            return stream
        } catch {
            events.failed("worker \(number) can't encode a request: \(error)")
            return nil
        }
    }

    private func write(_ bytes: [UInt8]) {
        guard let context else { return }
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        write(WorkerFrames.opening)
    }

    func channelInactive(context: ChannelHandlerContext) {
        events.failed("the manager closed the connection of worker \(number)")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        events.failed("the connection of worker \(number) failed: \(error)")
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if rest.readableBytes == 0 {
            rest = bytes
        } else {
            rest.writeBuffer(&bytes)
        }
        do {
            while let frame = RawFrames.next(&rest) { try take(frame) }
        } catch {
            events.failed("worker \(number): \(error)")
        }
        // An idle worker keeps no memory.
        if rest.readableBytes == 0 { rest = ByteBuffer() }
    }

    private func take(_ frame: RawFrames.Frame) throws {
        switch frame.kind {
        case RawFrames.Kind.settings where frame.flags & RawFrames.ack == 0:
            let registration = try WireCodec.encode(member.registration(number))
            write(
                WorkerFrames.settingsAnswer
                    + frames.request(
                        WorkerService.register, registration, stream: Self.registerStream,
                        isFirst: true))
        case RawFrames.Kind.ping where frame.flags & RawFrames.ack == 0:
            write(
                RawFrames.frame(
                    RawFrames.Kind.ping, flags: RawFrames.ack,
                    Array(frame.payload.readableBytesView)))
        case RawFrames.Kind.data:
            try received(frame.payload, on: frame.stream)
        case RawFrames.Kind.headers where frame.flags & RawFrames.endStream != 0:
            try ended(frame.stream)
        case RawFrames.Kind.resetStream, RawFrames.Kind.goAway:
            throw BenchError("the manager sent a frame of kind \(frame.kind)")
        default:
            break
        }
    }

    // MARK: What it hears

    private func received(_ payload: ByteBuffer, on stream: UInt32) throws {
        switch stream {
        case heartbeat?.stream: heartbeat?.isAnswered = true
        case usage?.stream: usage?.isAnswered = true
        case report?.stream: report?.isAnswered = true
        default:
            var payload = payload
            pieces.writeBuffer(&payload)
            while let message = nextMessage() {
                if stream == Self.registerStream {
                    try registered(WireCodec.decodeRegistered(message))
                } else {
                    try assigned(WireCodec.decodeAssignmentUpdate(message))
                }
            }
            if pieces.readableBytes == 0 { pieces = ByteBuffer() }
        }
    }

    private func nextMessage() -> [UInt8]? {
        guard
            let length = pieces.getInteger(at: pieces.readerIndex + 1, as: UInt32.self),
            pieces.readableBytes >= 5 + Int(length)
        else { return nil }
        pieces.moveReaderIndex(forwardBy: 5)
        return pieces.readBytes(length: Int(length))
    }

    /// A call without a message was refused; the manager's log says why.
    private func ended(_ stream: UInt32) throws {
        switch stream {
        case Self.registerStream where session != nil:
            break
        case Self.registerStream:
            throw BenchError("it may not register")
        case Self.assignmentsStream:
            throw BenchError("its assignments ended")
        case heartbeat?.stream:
            guard heartbeat?.isAnswered == true else { throw BenchError("a heartbeat was refused") }
            heartbeat = nil
            events.heartbeatAnswered(self)
        case usage?.stream:
            guard usage?.isAnswered == true else { throw BenchError("a measurement was refused") }
            usage = nil
            events.usageAnswered(self)
        case report?.stream:
            guard report?.isAnswered == true else { throw BenchError("a report was refused") }
            report = nil
            for task in reported {
                if task.status == .running {
                    running.insert(task.task)
                } else {
                    running.remove(task.task)
                }
            }
            reported = []
            events.reportAnswered(self)
            reportNews()
        default:
            break
        }
    }

    private func registered(_ registered: Registered) throws {
        session = registered.session
        heartbeatPeriod = registered.heartbeat.period
        let request = AssignmentsRequest(session: registered.session)
        write(
            frames.request(
                WorkerService.assignments, try WireCodec.encode(request),
                stream: Self.assignmentsStream, hasTimeout: false))
    }

    private func assigned(_ update: AssignmentUpdate) throws {
        switch update {
        case .complete(let revision, let assignments, let more):
            assignments.forEach(carryOut)
            guard !more else { return }
            acknowledged = revision
            if !isReady {
                isReady = true
                events.connected(self)
            }
        case .changes(_, let revision, let changes):
            acknowledged = revision
            for case .put(let assignment) in changes { carryOut(assignment) }
            if isMarked {
                isMarked = false
                events.touched(self)
            }
        case .heartbeat, .redirect, .exec, .logs, .unknown:
            break
        }
        if !news.isEmpty { events.assigned(self) }
    }

    private func carryOut(_ assignment: Assignment) {
        let isWanted = assignment.desired == .running
        let time = WallTime.now
        news.append(
            TaskReport(
                task: assignment.spec.id, status: isWanted ? .running : .stopped,
                containers: assignment.spec.containers.map { container in
                    ContainerReport(
                        name: container.name, status: isWanted ? .running : .stopped,
                        exitCode: isWanted ? nil : 0,
                        runtimeID: String(repeating: "c0ffee42", count: 8))
                }, startedAt: isWanted ? time : nil, stoppedAt: isWanted ? nil : time))
    }
}
