"""Raw TCP, for peers that speak no protocol or a wrong one."""

import socket
import struct

from support import API, WORKERS

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 4, 6, 7, 9
PROTOCOL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 1, 6, 9, 11


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    length = len(payload) if length is None else length
    return struct.pack(">I", length)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


HELLO = PREFACE + frame(SETTINGS)


def connect(address, timeout=20):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=timeout)


def worker_port():
    return connect(WORKERS)


def api_port():
    return connect(API)


def send(link, data):
    """Sends what the other side takes: it may close, or answer and read no further."""
    limit = link.gettimeout()
    link.settimeout(2)
    try:
        link.sendall(data)
    except (BrokenPipeError, ConnectionResetError, TimeoutError):
        pass
    link.settimeout(limit)


def read_to_end(link):
    """Everything until the other side closes; fails if it does not within the time limit."""
    received = b""
    try:
        while chunk := link.recv(65_536):
            received += chunk
    except ConnectionResetError:
        pass
    except TimeoutError:
        raise AssertionError(f"the connection stays open; it said {received[-200:]!r}") from None
    return received


def goaway_codes(received):
    """The error codes of the GOAWAY frames in what an HTTP/2 server sent."""
    codes = []
    while len(received) >= 9:
        length = int.from_bytes(received[:3], "big")
        if received[3] == GOAWAY:
            codes.append(int.from_bytes(received[13:17], "big"))
        received = received[9 + length :]
    return codes
