import CProcess
import Dispatch
import Glibc
import Synchronization

/// A descriptor that does not block, for one reader and one writer at a time; they wait on
/// libdispatch's epoll thread. It is closed when nobody holds it any more.
final class Descriptor: Sendable {
    /// Bytes that are read at a time.
    static let pieceMaximum = 32 << 10

    private struct State {
        var reading: DispatchSource?
        var writing: DispatchSource?
        var isGivenUp = false
    }

    let number: Int32
    private let state = Mutex(State())

    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// What can be read next, waiting for it; `nil` at the end, or once the wait was given up.
    func read() async -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Self.pieceMaximum)
        while true {
            let count = Glibc.read(number, &bytes, bytes.count)
            if count > 0 { return Array(bytes.prefix(count)) }
            guard count < 0, errno == EAGAIN || errno == EINTR else { return nil }
            guard !isGivenUp else { return nil }
            await untilReadable()
        }
    }

    /// Returns when all is written, nobody reads at the other end, or the wait was given up.
    func write(_ bytes: [UInt8]) async {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { cprocess_write(number, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(Int(count))
            } else if count == -Int(EAGAIN), !isGivenUp {
                await untilWritable()
            } else if count != -Int(EINTR) {
                return
            }
        }
    }

    /// Whether there is something to read.
    var holdsBytes: Bool {
        var item = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return poll(&item, 1, 0) > 0 && item.revents & Int16(POLLIN) != 0
    }

    /// Who waits goes on, and nobody waits any more: what is there can still be read.
    func giveUp() {
        let (reading, writing) = state.withLock { state -> (DispatchSource?, DispatchSource?) in
            state.isGivenUp = true
            return (state.reading, state.writing)
        }
        reading?.cancel()
        writing?.cancel()
    }

    private var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

    private func untilReadable() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let source = DispatchSource.makeReadSource(
                fileDescriptor: number, queue: .global())
            source.setEventHandler { source.cancel() }
            // The descriptor stays open until libdispatch has let go of it.
            source.setCancelHandler { [self] in
                state.withLock { $0.reading = nil }
                continuation.resume()
            }
            let isGivenUp = state.withLock { state -> Bool in
                state.reading = source as? DispatchSource
                return state.isGivenUp
            }
            source.activate()
            if isGivenUp { source.cancel() }
        }
    }

    private func untilWritable() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let source = DispatchSource.makeWriteSource(
                fileDescriptor: number, queue: .global())
            source.setEventHandler { source.cancel() }
            source.setCancelHandler { [self] in
                state.withLock { $0.writing = nil }
                continuation.resume()
            }
            let isGivenUp = state.withLock { state -> Bool in
                state.writing = source as? DispatchSource
                return state.isGivenUp
            }
            source.activate()
            if isGivenUp { source.cancel() }
        }
    }
}
