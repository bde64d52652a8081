"""A server with one client, for tests of what asks Genesis."""
import socket
import threading
import unittest
from email import message_from_bytes
from typing import Callable, List

Talk = Callable[[socket.socket], None]


class Served(unittest.TestCase):
    def setUp(self) -> None:
        self.heard: List[bytes] = []
        """Each request, head and body."""

    def serve(self, talk: Talk) -> str:
        """Does this to its only client once that has asked; its URL."""
        server = socket.socket()
        server.bind(('127.0.0.1', 0))
        server.listen()

        def accept() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    self.heard.append(_request(connection))
                    talk(connection)
                except OSError:
                    pass

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.close)
        return f'http://127.0.0.1:{server.getsockname()[1]}'


def _request(connection: socket.socket) -> bytes:
    """All of a request, or what came of it."""
    text = b''
    while not _is_whole(text):
        piece = connection.recv(4096)
        if not piece:
            break
        text += piece
    return text


def _is_whole(text: bytes) -> bool:
    head, end, body = text.partition(b'\r\n\r\n')
    fields = message_from_bytes(head.partition(b'\r\n')[2])
    return bool(end) and len(body) >= int(fields['Content-Length'] or 0)


def drip(first: bytes, over: threading.Event) -> Talk:
    """Goes on a byte at a time, until `over`, which is set once the client has hung up."""
    def talk(it: socket.socket) -> None:
        try:
            it.sendall(first)
            while not over.wait(0.02):
                it.sendall(b'H')
        finally:
            over.set()
    return talk
