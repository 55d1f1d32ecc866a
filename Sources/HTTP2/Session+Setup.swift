import CNghttp2

// How a session is set up: what the peer is told, and the library's own bounds.
extension HTTP2Session {
    func submitSettings(_ settings: HTTP2Settings) -> Bool {
        var entries = [
            Self.entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.concurrentStreamMaximum),
            Self.entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.headerListMaximum),
            Self.entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.streamWindow),
        ]
        if role == .client { entries.append(Self.entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0)) }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        return nghttp2_submit_settings(session, none, entries, entries.count) == 0
            && nghttp2_session_set_local_window_size(
                session, none, 0, Int32(clamping: settings.connectionWindow)) == 0
    }

    private static func entry(
        _ id: nghttp2_settings_id, _ value: Int
    ) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(clamping: value))
    }

    static func makeOptions(_ settings: HTTP2Settings) -> OpaquePointer? {
        var made: OpaquePointer?
        guard nghttp2_option_new(&made) == 0, let options = made else { return nil }
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        nghttp2_option_set_max_settings(options, 16)
        nghttp2_option_set_max_outbound_ack(options, 256)
        nghttp2_option_set_max_send_header_block_length(options, settings.headerListMaximum)
        for type in UInt8(NGHTTP2_CONTINUATION.rawValue + 1)...UInt8.max {
            nghttp2_option_set_user_recv_extension_type(options, type)
        }
        _ = muster_nghttp2_set_reset_rate(options, 1_000, 200)
        _ = muster_nghttp2_set_max_continuations(options, 4)
        return options
    }
}
