"""Where other servers may be: the network that this node is on, and the names in its seed."""
import ipaddress
import socket
import threading
from typing import Dict, Iterable, Tuple

from join.model import Config
from join.shell import interfaces
from join.shell.interfaces import Card

EVERY = 10.0
"""Seconds between two updates of the cards and the names."""


class Addresses:
    """Kept up to date by a thread, as resolving a name may take long."""

    def __init__(self, config: Config) -> None:
        self.cards: Tuple[Card, ...] = ()
        self.six_cards: Tuple[str, ...] = ()
        self._names = tuple(dict.fromkeys(name for name in [
            *(ip or name for name, ip in config.servers if name != config.name), *config.hints,
        ]))
        self._resolved: Dict[str, Tuple[str, ...]] = {}
        self._looked = threading.Event()

    def look(self) -> None:
        """One update; the cards are known when it returns, the names soon after."""
        self.cards, self.six_cards = interfaces.read_cards()
        for name in self._names:
            found = _resolve(name)
            if found or name not in self._resolved:
                self._resolved[name] = found

    @property
    def own(self) -> Tuple[str, ...]:
        return tuple(str(card.address.ip) for card in self.cards)

    def expected(self) -> Tuple[str, ...]:
        """Addresses of the inventory's servers and of the hints, less our own."""
        found = dict.fromkeys(one for name in self._names for one in self._resolved.get(name, ()))
        return tuple(address for address in found if address not in self.own)

    def ignored(self, names: Iterable[str]) -> Tuple[str, ...]:
        """The addresses of `cluster.ignore`."""
        return tuple(address for name in names for address in _resolve(name))

    def subnets(self) -> Tuple[str, ...]:
        """Every other address of the local subnets, up to a /22 each."""
        return interfaces.scan_targets(self.cards)


def _resolve(name: str) -> Tuple[str, ...]:
    try:
        return (str(ipaddress.ip_address(name)),)
    except ValueError:
        pass
    try:
        rows = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))
