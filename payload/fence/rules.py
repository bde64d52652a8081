"""The rules: whatever this node would forward to Genesis' HTTP port is dropped. What it sends itself is not forwarded.
Pure."""
import ipaddress
from typing import List, Sequence, Tuple, Union
from urllib.parse import urlsplit

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

NAME = 'homepbp_fence'
CHAIN = 'HOMEPBP-FENCE'
PRIORITY = -150
"""Where iptables' table mangle is: before kube-proxy's and flannel's rules, which accept, and in none of their tables."""


class NoTarget(Exception):
    """BASE does not say where Genesis is."""


def target(base: str) -> Tuple[str, int]:
    """Host and port of BASE. Raises NoTarget."""
    try:
        parts = urlsplit(base)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise NoTarget(f'{base!r} is not a URL: {fault}') from fault
    if parts.scheme != 'http' or not host:
        raise NoTarget(f'{base!r} is not an http:// URL')
    return host, 80 if port is None else port


def nft(addresses: Sequence[Address], port: int) -> str:
    """For `nft -f -`, which replaces all of it at once."""
    lines = [
        f'add table inet {NAME}', f'delete table inet {NAME}', f'table inet {NAME} {{', '  chain forward {',
        f'    type filter hook forward priority {PRIORITY}; policy accept;',
    ]
    for one in addresses:
        lines.append(f'    {"ip" if one.version == 4 else "ip6"} daddr {one} tcp dport {port} counter drop')
    return '\n'.join([*lines, '  }', '}', ''])


def restore(addresses: Sequence[Address], port: int) -> str:
    """For `iptables-restore --noflush`, which empties the named chain and leaves all others alone."""
    rules = [f'-A {CHAIN} -d {one} -p tcp -m tcp --dport {port} -j DROP' for one in addresses]
    return '\n'.join(['*mangle', f':{CHAIN} - [0:0]', *rules, 'COMMIT', ''])


def of_version(addresses: Sequence[Address], version: int) -> List[Address]:
    return [one for one in addresses if one.version == version]
