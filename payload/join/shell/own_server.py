"""What this node's own k3s says about its cluster, and what it is asked to do to it."""
import os
import subprocess
import urllib.request
from http.client import HTTPException
from typing import List, NamedTuple, Optional, Tuple

from join.inputs import K3sStatus
from join.model import EtcdMember
from join.shell import https, k3s, verify

LOCAL = '127.0.0.1'
KUBECTL_SECONDS = 30
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Never through a proxy in the environment."""


class View(NamedTuple):
    """The answer of our own /db/info."""

    authority: verify.Authority
    members: Tuple[k3s.Listed, ...]


def look(password: str) -> Optional[View]:
    """None while etcd does not answer."""
    try:
        with open(k3s.CA, 'rb') as file:
            authority = verify.authorities(file.read())[-1]
        tls = https.trusting(authority.pem)
        body = https.get(LOCAL, k3s.PORT, k3s.MEMBERS_PATH, tls, (k3s.SERVER_USER, password))
        return View(authority, tuple(k3s.listed_members(body)))
    except (OSError, ValueError, https.Failed):
        return None


def status(password: str, own_name: str) -> K3sStatus:
    """What the core gets every few seconds while k3s runs."""
    view = look(password)
    if view is None:
        return K3sStatus(False)
    reached = connected()
    members = tuple(
        EtcdMember(one.node, one.node == own_name or f'{one.id:x}' in reached, one.learner, one.address)
        for one in view.members if one.member
    )
    return K3sStatus(True, view.authority.hash, members)


def agent_status() -> K3sStatus:
    """The same on an agent, whose kubelet says that it runs."""
    try:
        with open(k3s.AGENT_CA, 'rb') as file:
            authority = verify.authorities(file.read())[-1]
        with _LOCAL.open(k3s.KUBELET, timeout=3) as answer:
            return K3sStatus(answer.status == 200, authority.hash)
    except (OSError, ValueError, HTTPException):
        return K3sStatus(False)


def connected() -> Tuple[str, ...]:
    """The ids of the members that our etcd is connected to; empty if it does not say."""
    try:
        with _LOCAL.open(k3s.METRICS, timeout=3) as answer:
            return k3s.active_peers(answer.read(4 * 1024 * 1024).decode('utf8', 'replace'))
    except (OSError, ValueError, HTTPException):
        return ()


def has_wal() -> bool:
    return os.path.isdir(k3s.WAL)


def has_tombstone() -> bool:
    return os.path.exists(k3s.TOMBSTONE)


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
