"""What the matrix has: the pairs, the cases, and where a case has no meaning."""

PAIRS = {
    "grpcio": "grpcio's client with our server",
    "to-grpcio": "our client with grpcio's server",
    "to-c++": "our client with C++ gRPC's server",
    "ours": "our client with our server",
    "nghttp": "nghttp with our server",
}

# gRPC's own, by the names of its document on interoperability tests, and then ours.
CASES = """
    empty_unary large_unary concurrent_large_unary client_compressed_unary server_compressed_unary
    client_streaming client_compressed_streaming server_streaming server_compressed_streaming
    ping_pong empty_stream custom_metadata status_code_and_message special_status_message
    unimplemented_method unimplemented_service cancel_after_begin cancel_after_first_response
    timeout_on_sleeping_server

    half_duplex long_streams gzip_both_ways unknown_encoding binary_metadata status_details
    cancel_reaches_the_server server_ends_before_the_client deadline_of_a_unary_call
    message_under_the_server's_limit message_over_the_server's_limit
    message_over_the_client's_limit slow_reader keepalive too_many_pings goaway_during_calls
    health_check health_watch reflection reflection_v1 wait_for_ready unix_socket ipv6 tls_1_3
    mutual_tls well_formed_frames decoded_by_tshark
""".split()

_FRAMES = "nghttp shows frames: the calls themselves are made by gRPC clients"
_SERVERS = "a matter of the server: see the first column"


def not_applicable(case, pair):
    """Why a cell is empty; `None` for one that has to be tried."""
    if pair == "nghttp":
        return None if case in ("well_formed_frames", "unknown_encoding") else _FRAMES
    if case == "well_formed_frames":
        return "shown by nghttp"
    if pair == "grpcio":
        return None
    if case in ("unknown_encoding", "slow_reader", "reflection_v1"):
        return _SERVERS
    if case == "wait_for_ready":
        return "our connection does not wait for a server: who uses it decides"
    return None
