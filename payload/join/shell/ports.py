"""Who listens on port 6443: many addresses at once, a second each."""
import errno
import selectors
import socket
import time
from typing import Iterable, List

AT_ONCE = 256
SECONDS = 1.0


def open_ports(addresses: Iterable[str], port: int) -> List[str]:
    """The addresses that accept a connection, in their order. Bounded by a second for each 256."""
    targets = list(addresses)
    found: List[str] = []
    for start in range(0, len(targets), AT_ONCE):
        found += _batch(targets[start:start + AT_ONCE], port)
    return [address for address in targets if address in set(found)]


def _batch(addresses: List[str], port: int) -> List[str]:
    with selectors.DefaultSelector() as selector:
        try:
            for address in addresses:
                _begin(selector, address, port)
            return _finish(selector)
        finally:
            for key in list(selector.get_map().values()):
                _close(selector, key.fileobj)


def _begin(selector: selectors.BaseSelector, address: str, port: int) -> None:
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    try:
        where = socket.getaddrinfo(address, port, family, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
        attempt = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return
    attempt.setblocking(False)
    try:
        if attempt.connect_ex(where[0][4]) in (0, errno.EINPROGRESS):
            selector.register(attempt, selectors.EVENT_WRITE, address)
            return
    except OSError:
        pass
    attempt.close()


def _finish(selector: selectors.BaseSelector) -> List[str]:
    found: List[str] = []
    until = time.monotonic() + SECONDS
    while selector.get_map() and time.monotonic() < until:
        for key, _ in selector.select(max(0.0, until - time.monotonic())):
            assert isinstance(key.fileobj, socket.socket)
            if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.append(str(key.data))
            _close(selector, key.fileobj)
    return found


def _close(selector: selectors.BaseSelector, attempt: object) -> None:
    assert isinstance(attempt, socket.socket)
    selector.unregister(attempt)
    attempt.close()
