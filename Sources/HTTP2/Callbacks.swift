import CNghttp2

/// The session that nghttp2 calls back for. Not a method, so that a C callback need not capture a
/// type.
private func owner(_ data: UnsafeMutableRawPointer?) -> HTTP2Session? {
    data.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
}

extension HTTP2Session {
    /// Every callback records and returns: neither the owner's code nor nghttp2's `mem_recv` and
    /// `mem_send` may run inside one.
    static func makeCallbacks() -> OpaquePointer? {
        var made: OpaquePointer?
        guard nghttp2_session_callbacks_new(&made) == 0, let callbacks = made else { return nil }
        setFrameCallbacks(callbacks)
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, data in
            owner(data)?.recorder.beganHeaders()
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, data in
            owner(data)?.recorder.header(
                name: UnsafeBufferPointer(start: name, count: nameCount),
                value: UnsafeBufferPointer(start: value, count: valueCount))
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _, _, stream, bytes, count, data in
            owner(data)?.recorder.data(stream: stream, bytes, count)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
            _, stream, code, data in
            owner(data)?.streamClosed(stream, code)
            return 0
        }
        return callbacks
    }

    private static func setFrameCallbacks(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, data in
            if let header { owner(data)?.recorder.beganFrame(header.pointee) }
            return 0
        }
        // Frames of unknown types are announced only to who unpacks them; they are counted, not
        // read.
        nghttp2_session_callbacks_set_unpack_extension_callback(callbacks) { _, _, _, _ in
            NGHTTP2_ERR_CANCEL.rawValue
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, data in
            if let frame { owner(data)?.recorder.receivedFrame(frame) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, data in
            if let frame { owner(data)?.sent(frame.pointee.hd) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) {
            _, frame, _, data in
            // A request that can't be sent any more is a stream that never was.
            if let frame, UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue,
                frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
            {
                owner(data)?.streamClosed(
                    frame.pointee.hd.stream_id, NGHTTP2_REFUSED_STREAM.rawValue)
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) {
            _, frame, error, data in
            // Of a stream, the library answers with RST_STREAM; of the connection, with GOAWAY.
            if let frame, frame.pointee.hd.stream_id == 0 {
                owner(data)?.recorder.brokeRule(HTTP2Session.text(of: Int(error)))
            }
            return 0
        }
    }

    fileprivate func sent(_ header: nghttp2_frame_hd) {
        if UInt32(header.type) == NGHTTP2_DATA.rawValue { recorder.sentData() }
        if role == .server, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 {
            stopRequest(header.stream_id)
        }
    }

    fileprivate func streamClosed(_ stream: Int32, _ code: UInt32) {
        bodies[stream] = nil
        recorder.closed(stream: stream, code: code)
    }
}
