#!/usr/bin/env python3
"""Keeps as many connections open as it can: hold.py GENESIS PORT MANY PATH ADDRESS…

They are shared out among our addresses. With a PATH of `-` nothing is ever asked on them; otherwise each asks
for it and reads what comes, and is open once that is a 200. One that is closed is opened again. Prints how many
are open, once a second.
"""
import selectors
import socket
import sys
import time
from typing import Dict, List, Optional, Set

EVERY = 0.02
MOST_AT_ONCE = 10
"""New ones in a round, of one address."""


class Holder:
    """The connections of one address."""

    def __init__(self, server: 'tuple[str, int]', address: str, many: int, request: bytes) -> None:
        self.server, self.address, self.many, self.request = server, address, many, request
        self.selector = selectors.DefaultSelector()
        self.open: Dict[int, socket.socket] = {}
        self.heard: Set[int] = set()
        self.refused = 0

    def held(self) -> int:
        """How many connections are what we want of them."""
        return len(self.heard) if self.request else len(self.open)

    def work(self) -> None:
        """Opens what is missing, and notices what was closed."""
        for _ in range(min(MOST_AT_ONCE, self.many - len(self.open))):
            wire = self._connect()
            if wire is None:
                break
            self.open[wire.fileno()] = wire
            self.selector.register(wire, selectors.EVENT_READ)
        for key, _ in self.selector.select(0):
            self._read(self.open[key.fd])

    def _connect(self) -> Optional[socket.socket]:
        wire = socket.socket()
        try:
            wire.settimeout(1)
            wire.bind((self.address, 0))
            wire.connect(self.server)
            wire.sendall(self.request)
            wire.setblocking(False)
            return wire
        except OSError:
            self.refused += 1
            wire.close()
            return None

    def _read(self, wire: socket.socket) -> None:
        number = wire.fileno()
        try:
            piece = wire.recv(65536)
            if number in self.heard and piece or piece.startswith(b'HTTP/1.1 200 '):
                self.heard.add(number)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.selector.unregister(wire)
        del self.open[number]
        self.heard.discard(number)
        wire.close()
        self.refused += 1


def main() -> None:
    genesis, port, many, path, *addresses = sys.argv[1:]
    request = b'' if path == '-' else f'GET {path} HTTP/1.1\r\nHost: {genesis}:{port}\r\n\r\n'.encode()
    share = int(many) // len(addresses)
    holders: List[Holder] = [Holder((genesis, int(port)), one, share, request) for one in addresses]
    tell = 0.0
    while True:
        for holder in holders:
            holder.work()
        if time.monotonic() >= tell:
            tell = time.monotonic() + 1
            print(f'{sum(one.held() for one in holders)} open, '
                  f'{sum(one.refused for one in holders)} refused or cut', flush=True)
        time.sleep(EVERY)


if __name__ == '__main__':
    main()
