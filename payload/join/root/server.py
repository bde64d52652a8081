"""The socket: one request a connection, a line of JSON, and one answer."""
import os
import select
import socket
import struct
import threading
import traceback
from typing import Optional

from join.root import vocabulary
from join.shell import paths

MOST_BYTES = 1 << 20
"""Of a request. The largest is status.json."""
MOST_AT_ONCE = 16
"""The agent's threads are fewer."""
READ_SECONDS = 10.0
_PEERCRED: int = getattr(socket, 'SO_PEERCRED', 17)
"""PyPy does not name it."""
_PEER = struct.Struct('3i')

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def listen(path: str) -> socket.socket:
    """The socket, which anybody can reach: whom it serves, `may_ask` decides."""
    try:
        os.remove(path)
    except FileNotFoundError:
        pass
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.bind(path)
    os.chmod(path, 0o666)
    wire.listen(MOST_AT_ONCE)
    return wire


def serve(listener: socket.socket) -> None:
    """Forever."""
    while True:
        wire, _ = listener.accept()
        if not may_ask(wire) or not _places.acquire(blocking=False):
            wire.close()
            continue
        threading.Thread(target=_serve_one, args=(wire,), daemon=True).start()


def may_ask(wire: socket.socket) -> bool:
    """Whether root asks, or the agent: the user that systemd made up for the agent owns the folder of its sockets."""
    _, user, _ = _PEER.unpack(wire.getsockopt(socket.SOL_SOCKET, _PEERCRED, _PEER.size))
    try:
        return bool(user in (0, os.stat(paths.AGENT_RUN).st_uid))
    except OSError:
        return bool(user == 0)


def _serve_one(wire: socket.socket) -> None:
    try:
        with wire:
            answer_one(wire)
    finally:
        _places.release()


def answer_one(wire: socket.socket) -> None:
    """Reads a request, has it carried out and answers it; nothing where none arrives in time."""
    wire.settimeout(READ_SECONDS)
    try:
        line = read_line(wire)
        if line is None:
            return
        answer = vocabulary.answer(line, lambda: has_gone(wire))
    except OSError:
        return
    except Exception:
        traceback.print_exc()
        return
    try:
        wire.sendall(answer)
    except OSError:
        pass


def read_line(wire: socket.socket) -> Optional[bytes]:
    """Up to the line's end; None for one that ends early or is too long. Raises OSError."""
    line = b''
    while not line.endswith(b'\n'):
        piece = wire.recv(65536)
        if not piece or len(line) + len(piece) > MOST_BYTES:
            return None
        line += piece
    return line


def has_gone(wire: socket.socket) -> bool:
    """Whether the other side has closed the connection."""
    watched = select.poll()
    watched.register(wire, select.POLLHUP)
    return bool(watched.poll(0))
