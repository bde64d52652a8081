"""The address that k3s uses. It does not survive a change, so the first one is stored in STATE and kept in
use, whatever DHCP says later."""
import ipaddress
import socket
import struct
import subprocess
import time
from typing import Callable, NamedTuple, Optional, Tuple

from join.shell import durable, interfaces, paths
from join.shell.interfaces import Card

PROBES = 3
SECONDS_A_PROBE = 1.0
_ARP, _BROADCAST = 0x0806, b'\xff' * 6


class Found(NamedTuple):
    """The node's address, or why none may be used."""

    address: Optional[str]
    trouble: Optional[str]
    """For people: also set if the kept address is in use although the network gives another."""


def settle(
    static: Optional[str],
    cards: Tuple[Card, ...],
    in_use: Callable[[str, str], Optional[str]],
    add: Callable[[Card, str], None],
) -> Found:
    """The address to use, and kept from now on. `in_use` gives the MAC of another machine that has it,
    `add` puts it on a card. Raises durable.Unreadable and OSError."""
    kept = durable.read_json(paths.NODE_IP)
    has = {str(card.address.ip): card for card in cards}
    if kept is None:
        first = static if static in has else interfaces.default_address() or next(iter(has), None)
        if first is None:
            return Found(None, 'this node has no IPv4 address yet')
        durable.write_json(paths.NODE_IP, {'version': 1, 'node_ip': first})
        return Found(first, None)
    address = str(kept.get('node_ip', ''))
    if address in has:
        return Found(address, None)
    card = card_for(address, cards)
    if card is None:
        given = ', '.join(has) or 'none'
        return Found(None, f'k3s was first started here as {address}, and no card is on that network any more '
                           f'(addresses now: {given}); give this node its old address back')
    other = in_use(card.name, address)
    if other is not None:
        return Found(None, f'k3s was first started here as {address}, which the machine {other} now uses; '
                           f'give this node its old address back (its lease is {card.address.ip})')
    add(card, address)
    return Found(address, f'the network gave {card.address.ip}, but k3s knows this node as {address}: '
                          f'keeping that; reserve {address} for this node in DHCP')


def card_for(address: str, cards: Tuple[Card, ...]) -> Optional[Card]:
    """A card whose network the address is of."""
    wanted = ipaddress.IPv4Address(address)
    return next((card for card in cards if wanted in card.address.network), None)


def add_address(card: Card, address: str) -> None:
    """Puts a second address on a card. Raises OSError."""
    cidr = f'{address}/{card.address.network.prefixlen}'
    words = ['ip', 'address', 'replace', cidr, 'dev', card.name]
    try:
        subprocess.run(words, check=True, capture_output=True, text=True, timeout=10)
    except subprocess.CalledProcessError as fault:
        raise OSError(f"{' '.join(words)}: {fault.stderr.strip()}") from fault
    except subprocess.TimeoutExpired as fault:
        raise OSError(f"{' '.join(words)}: no answer") from fault


def user_of(card: str, address: str) -> Optional[str]:
    """The MAC address of a machine that answers for an address, by ARP probes (RFC 5227)."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP)) as wire:
        wire.bind((card, _ARP))
        own: bytes = wire.getsockname()[4]
        target = socket.inet_aton(address)
        probe = struct.pack('!HHBBH6s4s6s4s', 1, 0x0800, 6, 4, 1, own, b'\0' * 4, b'\0' * 6, target)
        for _ in range(PROBES):
            wire.send(_BROADCAST + own + struct.pack('!H', _ARP) + probe)
            until = time.monotonic() + SECONDS_A_PROBE
            while time.monotonic() < until:
                wire.settimeout(max(0.01, until - time.monotonic()))
                try:
                    frame = wire.recv(64)
                except socket.timeout:
                    break
                sender = frame[22:28]
                if len(frame) >= 42 and frame[28:32] == target and sender != own:
                    return sender.hex(':')
    return None
