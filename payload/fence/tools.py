"""What puts the rules into the kernel: the image's nft or iptables, or the iptables that k3s brings."""
import os
import shutil
import subprocess
from typing import Callable, List, NamedTuple, Optional, Sequence

from fence import rules

SECONDS = 10
K3S_TOOLS = '/var/lib/rancher/k3s/data/current/bin/aux'
"""There once k3s has run."""


class Failed(Exception):
    """No rules are in place; the text says why."""


class Tool(NamedTuple):
    name: str
    put: Callable[[Sequence[rules.Address], int], None]
    """Raises Failed."""


def all_tools() -> List[Tool]:
    """Those that are here, the best first."""
    found: List[Tool] = []
    nft = shutil.which('nft')
    if nft is not None:
        found.append(Tool('nft', Nft(nft).put))
    for folder in (None, K3S_TOOLS):
        four = shutil.which('iptables', path=folder)
        if four is not None:
            found.append(Tool(four, Iptables(os.path.dirname(four)).put))
    return found


def put(addresses: Sequence[rules.Address], port: int) -> str:
    """By the first tool that can; its name. Raises Failed."""
    faults = []
    for tool in all_tools():
        try:
            tool.put(addresses, port)
            return tool.name
        except Failed as fault:
            faults.append(f'{tool.name}: {fault}')
    raise Failed('; '.join(faults) or 'there is neither nft nor iptables here, and k3s has not brought its own yet')


class Nft:
    def __init__(self, program: str) -> None:
        self._program = program

    def put(self, addresses: Sequence[rules.Address], port: int) -> None:
        """Raises Failed."""
        run([self._program, '-f', '-'], rules.nft(addresses, port))


class Iptables:
    """In the table mangle, which neither kube-proxy nor flannel uses for what is forwarded."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def put(self, addresses: Sequence[rules.Address], port: int) -> None:
        """Raises Failed."""
        for version, program in ((4, 'iptables'), (6, 'ip6tables')):
            own = rules.of_version(addresses, version)
            try:
                self._put(os.path.join(self._folder, program), own, port)
            except Failed:
                # Where IPv6 is off there is nothing to forward by it.
                if own:
                    raise

    def _put(self, program: str, addresses: Sequence[rules.Address], port: int) -> None:
        run([f'{program}-restore', '--noflush'], rules.restore(addresses, port))
        jump = ['FORWARD', '-j', rules.CHAIN]
        if not succeeds([program, '-w', '-t', 'mangle', '-C', *jump]):
            run([program, '-w', '-t', 'mangle', '-I', *jump])


def succeeds(words: List[str]) -> bool:
    try:
        run(words)
        return True
    except Failed:
        return False


def run(words: List[str], said: Optional[str] = None) -> None:
    """Raises Failed."""
    try:
        done = subprocess.run(
            words, input=said or '', stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False,
            universal_newlines=True)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise Failed(str(fault)) from fault
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines()
        raise Failed(lines[0][:200] if lines else f'exit status {done.returncode}')
