"""A scan as the core asks for it: who listens on 6443, and which of them are ours."""
from concurrent.futures import ThreadPoolExecutor
from typing import Tuple

from join.inputs import Scanned
from join.outputs import Scan
from join.shell import k3s, scan, verify
from join.shell.around import Around

AT_ONCE = 16
MOST_STRANGERS = 32
"""Of those at addresses where none was expected, so that a scan ends within its minute."""
MOST_ADDRESSES = 4096


def search(asked: Scan, around: Around, password: str, ignore: Tuple[str, ...]) -> Scanned:
    """Carries out a scan; takes at most about 40 s."""
    ignored = {*around.ignored(ignore), *around.own}
    expected = {*around.expected(), *asked.addresses} - {*around.own}
    targets = [*expected, *(one for one in around.subnets() if one not in expected)]
    found = scan.open_ports(targets[:MOST_ADDRESSES], k3s.PORT)
    strangers = [one for one in found if one not in expected and one not in ignored]
    to_ask = [one for one in found if one in expected] + strangers[:MOST_STRANGERS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        servers = pool.map(
            lambda one: verify.inspect(one, k3s.PORT, asked.hashes, password, one in expected), to_ask)
        return Scanned(tuple(server for server in servers if server is not None))
