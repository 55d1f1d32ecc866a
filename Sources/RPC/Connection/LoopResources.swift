import HTTP2
import NIOCore

/// What the connections of one event loop share. Confined to the loop.
final class LoopResources {
    let scratch = HTTP2Scratch()
    let executor: LoopExecutor
    /// Where output is gathered. Most of the time the channel has let go of it by the next write.
    private var output = ByteBuffer()

    /// Bytes that one write can hold.
    static let outputBytes = 64 << 10

    init(_ loop: any EventLoop) {
        executor = LoopExecutor(loop)
    }

    /// Takes the output buffer, empty.
    func takeOutput() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &output)
        taken.clear(minimumCapacity: Self.outputBytes)
        return taken
    }

    /// Gives it back for the next write.
    func giveBack(_ buffer: ByteBuffer) {
        output = buffer
    }
}
