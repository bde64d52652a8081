"""The node's own network cards, as iproute2 tells them."""
import ipaddress
import json
import subprocess
from typing import Any, Dict, List, NamedTuple, Optional, Tuple


class Card(NamedTuple):
    """An address of a card that is up."""

    name: str
    address: ipaddress.IPv4Interface


def ip_json(*words: str) -> List[Any]:
    """The answer of `ip -json …`; empty if it fails. Raises OSError if it gives no answer."""
    command = ['ip', '-json', *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        found = json.loads(done.stdout or '[]') if done.returncode == 0 else []
    except (subprocess.TimeoutExpired, ValueError) as fault:
        raise OSError(f"{' '.join(command)}: {fault}") from fault
    return found if isinstance(found, list) else []


def read_cards() -> Tuple[Tuple[Card, ...], Tuple[str, ...]]:
    """IPv4 addresses of the machine's real cards, and the names of those with a link-local IPv6 address.
    The interfaces that k3s makes (cni0, flannel, veth) lead to no other machine."""
    cards, six = [], []
    for row in ip_json('address', 'show', 'up'):
        if is_ours(row):
            for one in row.get('addr_info', []):
                if one.get('family') == 'inet':
                    address = ipaddress.IPv4Interface(f"{one['local']}/{one['prefixlen']}")
                    cards.append(Card(row['ifname'], address))
                elif one.get('family') == 'inet6' and one.get('scope') == 'link':
                    six.append(row['ifname'])
    return tuple(cards), tuple(dict.fromkeys(six))


def is_ours(row: Any) -> bool:
    """Whether a card leads to other machines."""
    name = str(row.get('ifname', ''))
    made_by_k3s = name.startswith(('cni', 'flannel', 'veth', 'kube-', 'docker', 'nodelocaldns'))
    return 'LOOPBACK' not in row.get('flags', []) and not made_by_k3s


def default_address() -> Optional[str]:
    """The address by which this machine would leave its network."""
    for row in ip_json('-4', 'route', 'get', '192.0.2.1'):
        source = row.get('prefsrc')
        if source:
            return str(source)
    return None


MOST_ADDRESSES = 1022
"""Of a subnet that is scanned: a /22. Of a larger one only the /22 round our own address."""


def scan_targets(cards: Tuple[Card, ...]) -> Tuple[str, ...]:
    """All other addresses of the local subnets."""
    own = {card.address.ip for card in cards}
    targets: Dict[str, None] = {}
    for card in cards:
        network = card.address.network
        if network.prefixlen >= 31 or card.address.ip.is_link_local:
            continue
        if network.prefixlen < 22:
            network = ipaddress.IPv4Network(f'{card.address.ip}/22', strict=False)
        for address in network.hosts():
            if address not in own:
                targets[str(address)] = None
    return tuple(targets)
