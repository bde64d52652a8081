"""What this node's own k3s says about its cluster."""
import urllib.request
from http.client import HTTPException
from typing import NamedTuple, Optional, Tuple

from join.inputs import K3sStatus
from join.others import EtcdMember
from join.shell import https, k3s, verify

LOCAL = '127.0.0.1'
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Never through a proxy in the environment."""


class View(NamedTuple):
    """The answer of our own /db/info."""

    authority: verify.Authority
    members: Tuple[k3s.Listed, ...]


def look(ca: Optional[str], password: str) -> Optional[View]:
    """`ca`: k3s' own certificates. None while etcd does not answer."""
    if ca is None:
        return None
    try:
        authority = verify.authorities(ca.encode())[-1]
        tls = https.trusting(authority.pem)
        body = https.get(LOCAL, k3s.PORT, k3s.MEMBERS_PATH, tls, (k3s.SERVER_USER, password))
        return View(authority, tuple(k3s.listed_members(body)))
    except (OSError, ValueError, https.Failed):
        return None


def status(ca: Optional[str], password: str, own_name: str) -> K3sStatus:
    """What the core gets every few seconds while k3s runs."""
    view = look(ca, password)
    if view is None:
        return K3sStatus(False)
    reached = connected()
    members = tuple(
        EtcdMember(one.node, one.node == own_name or f'{one.id:x}' in reached, one.learner, one.address)
        for one in view.members if one.member
    )
    return K3sStatus(True, view.authority.hash, members)


def agent_status(ca: Optional[str]) -> K3sStatus:
    """The same on an agent, whose kubelet says that it runs."""
    if ca is None:
        return K3sStatus(False)
    try:
        authority = verify.authorities(ca.encode())[-1]
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
