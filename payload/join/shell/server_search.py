"""A scan as the core requests it: who listens on 6443, and which of those servers are ours."""
from concurrent.futures import ThreadPoolExecutor
from typing import Tuple

from join.inputs import Scanned
from join.outputs import Scan
from join.shell import k3s, ports, verify
from join.shell.addresses import Addresses

AT_ONCE = 16
MOST_STRANGERS = 32
"""Checked at addresses where none was expected, so that a scan ends within its minute."""
MOST_ADDRESSES = 4096


def find_servers(
    asked: Scan, addresses: Addresses, own: k3s.Credentials, ignore: Tuple[str, ...],
) -> Scanned:
    """Carries out a scan; takes at most about 40 s."""
    ignored = {*addresses.ignored(ignore), *addresses.own}
    expected = {*addresses.expected(), *asked.addresses} - {*addresses.own}
    targets = [*expected, *(one for one in addresses.subnets() if one not in expected)]
    found = ports.open_ports(targets[:MOST_ADDRESSES], k3s.PORT)
    strangers = [one for one in found if one not in expected and one not in ignored]
    to_ask = [one for one in found if one in expected] + strangers[:MOST_STRANGERS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        servers = pool.map(
            lambda one: verify.inspect(one, k3s.PORT, asked.hashes, own, one in expected), to_ask)
        return Scanned(tuple(server for server in servers if server is not None))
