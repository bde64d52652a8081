"""UDP 6445: to every peer that can be reached by any means, and from anybody.

IPv4 broadcast on each card and unicast go first; IPv6 (all nodes on the link) follows, for networks that
block broadcasts. A peer that hears a message twice uses the first.
"""
import socket
from typing import Iterable, List, NamedTuple, Optional, Tuple

from join.shell.interfaces import Card
from join.wire import MAX_BYTES, PORT

ALL_NODES = 'ff02::1'
MOST_AT_ONCE = 256
"""Of one socket, before the other one has its turn."""
BUFFER = 4 * 1024 * 1024
"""Bytes that the kernel is to keep for each socket until the agent gets to them."""
_SO_RCVBUFFORCE = 33
"""Linux; beyond net.core.rmem_max, with CAP_NET_ADMIN."""


class Datagram(NamedTuple):
    data: bytes
    address: str


class Sockets:
    """The agent's two sockets. `cards` and `six` are the cards to broadcast on."""

    def __init__(self, port: int = PORT) -> None:
        self.port = port
        self.four = _bound(socket.AF_INET, '0.0.0.0', port)
        self.four.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.six = _six(port)
        self.cards: Tuple[Card, ...] = ()
        self.six_cards: Tuple[str, ...] = ()
        self.unsent = 0

    def all(self) -> List[socket.socket]:
        """Those to wait on."""
        return [self.four] + ([self.six] if self.six is not None else [])

    def send(self, data: bytes, address: str) -> None:
        """To one address; failures to send are only counted, as UDP promises nothing."""
        name, _, card = address.partition('%')
        wire = self.six if ':' in name else self.four
        if wire is None:
            self.unsent += 1
            return
        try:
            scope = socket.if_nametoindex(card) if card else 0
            wire.sendto(data, (name, self.port, 0, scope) if ':' in name else (name, self.port))
        except OSError:
            self.unsent += 1

    def broadcast(self, data: bytes, addresses: Iterable[str]) -> None:
        """To all cards and to these addresses."""
        targets = [str(card.address.network.broadcast_address) for card in self.cards]
        targets += [f'{ALL_NODES}%{card}' for card in self.six_cards]
        for target in dict.fromkeys([*targets[:len(self.cards)], *addresses, *targets[len(self.cards):]]):
            self.send(data, target)

    def receive(self) -> List[Datagram]:
        """What has come in, bounded; call again while the sockets are ready."""
        return [one for wire in self.all() for one in _read(wire)]


def _bound(family: int, address: str, port: int) -> socket.socket:
    wire = socket.socket(family, socket.SOCK_DGRAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    _enlarge(wire)
    wire.bind((address, port))
    wire.setblocking(False)
    return wire


def _enlarge(wire: socket.socket) -> None:
    try:
        wire.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER)
    except OSError:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)


def _six(port: int) -> Optional[socket.socket]:
    try:
        wire = _bound(socket.AF_INET6, '::', port)
        wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        return wire
    except OSError:
        return None  # A kernel without IPv6.


def _read(wire: socket.socket) -> List[Datagram]:
    found = []
    for _ in range(MOST_AT_ONCE):
        try:
            data, sender = wire.recvfrom(MAX_BYTES + 1)
        except (BlockingIOError, ConnectionError):
            break
        address = str(sender[0]).partition('%')[0]
        if wire.family == socket.AF_INET6 and len(sender) > 3 and sender[3]:
            try:
                address = f'{address}%{socket.if_indextoname(sender[3])}'
            except OSError:
                continue  # The card has disappeared, as those of containers do.
        found.append(Datagram(data, address))
    return found
