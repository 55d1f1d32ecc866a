import CNghttp2

/// Calls with the session that nghttp2 calls back for, which lives as long as the call: no count of
/// references changes hands. Not a method, so that a C callback need not capture a type.
func withOwner(_ data: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> Void) {
    guard let data else { return }
    Unmanaged<HTTP2Session>.fromOpaque(data)._withUnsafeGuaranteedRef { body($0) }
}

extension HTTP2Session {
    /// Every callback records and returns: neither the owner's code nor nghttp2's `mem_recv` and
    /// `mem_send` may run inside one.
    static func makeCallbacks() -> OpaquePointer? {
        var made: OpaquePointer?
        guard nghttp2_session_callbacks_new(&made) == 0, let callbacks = made else { return nil }
        setFrameCallbacks(callbacks)
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, data in
            withOwner(data) { $0.recorder.pointee.beganHeaders() }
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, data in
            withOwner(data) {
                $0.recorder.pointee.header(
                    name: UnsafeBufferPointer(start: name, count: nameCount),
                    value: UnsafeBufferPointer(start: value, count: valueCount))
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _, _, stream, bytes, count, data in
            withOwner(data) { $0.recorder.pointee.data(stream: stream, bytes, count) }
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
            _, stream, code, data in
            withOwner(data) { $0.streamClosed(stream, code) }
            return 0
        }
        return callbacks
    }

    private static func setFrameCallbacks(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, _, data in
            withOwner(data) { $0.recorder.pointee.beganFrame() }
            return 0
        }
        // Frames of unknown types are announced only to who unpacks them; they are counted, not
        // read.
        nghttp2_session_callbacks_set_unpack_extension_callback(callbacks) { _, _, _, _ in
            NGHTTP2_ERR_CANCEL.rawValue
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, data in
            if let frame { withOwner(data) { $0.recorder.pointee.receivedFrame(frame) } }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, data in
            if let frame { withOwner(data) { $0.sent(frame) } }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) {
            _, frame, _, data in
            // A request that can't be sent any more is a stream that never was.
            if let frame, UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue,
                frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
            {
                withOwner(data) {
                    $0.streamClosed(frame.pointee.hd.stream_id, NGHTTP2_REFUSED_STREAM.rawValue)
                }
            }
            return 0
        }
    }
}
