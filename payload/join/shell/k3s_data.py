"""k3s' own files on this node, and its kubectl: for root only."""
import os
import subprocess
from typing import List, Optional

from join.shell import k3s

KUBECTL_SECONDS = 30
MOST_BYTES = 64 * 1024
"""Of a CA's certificates."""


def has_wal() -> bool:
    return os.path.isdir(k3s.WAL)


def tombstone() -> Optional[int]:
    """When it was written, in nanoseconds; None where there is none."""
    try:
        return os.stat(k3s.TOMBSTONE).st_mtime_ns
    except OSError:
        return None


def certificate(path: str) -> Optional[str]:
    """A CA's, to the byte, as its hash counts; None where k3s has none."""
    try:
        with open(path, 'rb') as file:
            return file.read(MOST_BYTES).decode('ascii')
    except (OSError, ValueError):
        return None


def drop_empty_name() -> None:
    """k3s writes the name without fsync, and starts etcd with none where a power cut left the file
    empty; without the file it makes a new one, which etcd takes as the same member's."""
    try:
        if os.path.getsize(k3s.NAME) == 0:
            os.unlink(k3s.NAME)
    except FileNotFoundError:
        pass


def kubectl(*words: str, stdin: str = '') -> 'subprocess.CompletedProcess[str]':
    """Runs k3s' kubectl; never raises for its failure."""
    command: List[str] = [k3s.PROGRAM, 'kubectl', *words]
    try:
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=KUBECTL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        return subprocess.CompletedProcess(command, 1, '', str(fault))
