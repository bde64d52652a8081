"""`python3 -m fence`: puts the rules in place, as often as it is run; the program of homepbp-fence.service."""
import ipaddress
import socket
import sys
from typing import List, Optional

from checkin.client import read_boot_env
from fence import rules, tools
from join.shell import durable, notices, paths

MOST_ADDRESSES = 16


def addresses_of(host: str, port: int) -> List[rules.Address]:
    """All of Genesis' name, or the one that it is. Raises OSError."""
    found = {str(row[4][0]).partition('%')[0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    return [ipaddress.ip_address(one) for one in sorted(found)[:MOST_ADDRESSES]]


def put() -> str:
    """What was done. Raises NoTarget, Failed or OSError."""
    host, port = rules.target(read_boot_env(paths.BOOT).get('HOMEPBP_BASE', ''))
    found = addresses_of(host, port)
    name = tools.put(found, port)
    return f'pods cannot reach port {port} of {", ".join(map(str, found))} ({name})'


def report(trouble: Optional[str]) -> None:
    """For `homepbp status`; on the console only what is new."""
    before = (durable.read_json_if_whole(paths.FENCE) or {}).get('trouble')
    if trouble is not None and trouble != before:
        notices.say(trouble)
    notices.write_report(paths.FENCE, {'version': 1, 'trouble': trouble})


def main() -> int:
    """0: the rules are in place."""
    try:
        print(put(), flush=True)
    except (rules.NoTarget, tools.Failed, OSError) as fault:
        trouble = f'pods on this node can speak with Genesis as if they were this node: {fault}'
        print(trouble, flush=True)
        report(trouble)
        return 1
    report(None)
    return 0


if __name__ == '__main__':
    sys.exit(main())
