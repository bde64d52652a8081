"""One HTTP request and its answer, both bounded. Follows no redirect and uses no proxy; urllib does both."""
import socket
import threading
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple, Optional
from urllib.parse import urlsplit

SECONDS = 10.0
"""For all of it, from the name server's answer to the last byte."""
MOST_BYTES = 65536
"""Of an answer's body."""


class NoAnswer(Exception):
    """Nobody answers there in HTTP; the text says why."""


class Answer(NamedTuple):
    status: int
    body: bytes


def exchange(url: str, body: Optional[bytes] = None, seconds: float = SECONDS) -> Answer:
    """GET, or POST of JSON. Raises NoAnswer."""
    call = Call(url, body, seconds)
    call.start()
    call.join(seconds)
    if call.is_alive():
        call.hang_up()
        raise NoAnswer(_late(seconds))
    if call.answer is None:
        raise NoAnswer(call.fault)
    if len(call.answer.body) > MOST_BYTES:
        raise NoAnswer(f'it answers with more than {MOST_BYTES} bytes')
    return call.answer


def _late(seconds: float) -> str:
    return f'no complete answer within {seconds:.0f} s'


class Call(threading.Thread):
    """In a thread, because timeouts of sockets bound neither a name server nor an answer a byte at a time."""

    def __init__(self, url: str, body: Optional[bytes], seconds: float) -> None:
        super().__init__(daemon=True)
        self.url, self.body, self.seconds = url, body, seconds
        self.answer: Optional[Answer] = None
        self.fault = ''
        self._line: Optional[socket.socket] = None
        self._is_over = False

    def run(self) -> None:
        try:
            self.answer = self._talk()
        except socket.timeout:
            # One that stays silent from the start: the socket may notice as soon as the caller does.
            self.fault = _late(self.seconds)
        except (OSError, ValueError, HTTPException) as fault:
            self.fault = str(fault) or type(fault).__name__

    def hang_up(self) -> None:
        """So that the thread ends, too."""
        self._is_over = True
        if self._line is not None:
            try:
                self._line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _talk(self) -> Optional[Answer]:
        parts = urlsplit(self.url)
        if parts.scheme != 'http' or not parts.hostname:
            raise ValueError('not an http:// URL')
        connection = HTTPConnection(parts.hostname, parts.port, timeout=self.seconds)
        try:
            connection.connect()
            self._line = connection.sock
            if self._is_over:
                return None
            headers = {} if self.body is None else {'Content-Type': 'application/json'}
            target = (parts.path or '/') + (f'?{parts.query}' if parts.query else '')
            connection.request('GET' if self.body is None else 'POST', target, self.body, headers)
            with connection.getresponse() as answer:
                found = answer.read(MOST_BYTES + 1)
                if answer.length and len(found) <= MOST_BYTES:
                    raise HTTPException('the answer is cut')
                return Answer(answer.status, found)
        finally:
            connection.close()
