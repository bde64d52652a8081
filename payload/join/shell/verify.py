"""Whether a server on port 6443 belongs to our cluster (design section 6, rule 2)."""
import hashlib
import json
import re
import ssl
from typing import Iterable, List, NamedTuple, Optional, Tuple

from join.others import Server
from join.shell import https, k3s

_BEGIN = '-----BEGIN CERTIFICATE-----'
_CERTIFICATE = re.compile(_BEGIN + r'\s.*?-----END CERTIFICATE-----\n?', re.DOTALL)
MOST_CERTIFICATES = 8
REFUSALS = (401, 403)
"""HTTP statuses of a k3s that does not take a token."""


class Authority(NamedTuple):
    """A CA that a server shows: the hash by which tokens name it, and its PEM text alone."""

    hash: str
    pem: str


def authorities(body: bytes) -> Tuple[Authority, ...]:
    """The CAs in the body of /cacerts, each with the hash that k3s' tokens have for it: of a single
    certificate that of the body as it is, of one in a chain that of its DER form. Raises ValueError."""
    text = body.decode('ascii')
    # Counted first: a search for the end of each of thousands would take half a minute.
    if text.count(_BEGIN) > MOST_CERTIFICATES:
        raise ValueError(f'{text.count(_BEGIN)} certificates')
    found: List[str] = _CERTIFICATE.findall(text)
    if not found:
        raise ValueError('no certificate')
    if len(found) == 1:
        return (Authority(hashlib.sha256(body).hexdigest(), text),)
    # Only the one whose hash is trusted counts: a rogue server can send ours along with its own.
    ders = [ssl.PEM_cert_to_DER_cert(pem) for pem in found]
    return tuple(Authority(hashlib.sha256(der).hexdigest(), pem) for der, pem in zip(ders, found))


def inspect(address: str, port: int, hashes: Iterable[str], own: k3s.Credentials, expected: bool) -> Optional[Server]:
    """What listens there; None if it is not a k3s server and none was expected.

    Passwords go only to a server whose certificate is signed by a CA with one of the hashes.
    """
    try:
        shown = authorities(https.get(address, port, k3s.CA_PATH, https.trusting_nobody()))
    except (https.Failed, ValueError):
        return Server(address, False, None, expected) if expected else None
    trusted = set(hashes)
    for authority in shown:
        if authority.hash in trusted:
            found = Server(address, False, authority.hash, expected)
            return _ask(Asked(address, port, authority.pem), found, own)
    return Server(address, False, shown[-1].hash, expected)


class Asked(NamedTuple):
    """A server that is asked over the CA that is ours."""

    address: str
    port: int
    ca: str

    def get(self, path: str, user: str, password: str) -> bytes:
        """Raises https.Failed."""
        return https.get(self.address, self.port, path, https.trusting(self.ca), (user, password))


def _ask(asked: Asked, found: Server, own: k3s.Credentials) -> Server:
    try:
        if own.role == 'agent':
            _expect_object(asked.get(k3s.CONFIG_PATH, k3s.AGENT_USER, own.password))
            return found._replace(verified=True)
        members = k3s.listed_members(asked.get(k3s.MEMBERS_PATH, k3s.SERVER_USER, own.password))
    except https.Failed as fault:
        return found._replace(refuses=fault.status in REFUSALS)
    except ValueError:
        return found
    names = tuple(one.node for one in members if one.member)
    learner = any(one.learner for one in members)
    return found._replace(
        verified=True, learner=learner, members=names, takes_agents=_takes_agents(asked, own.agent_token))


def _takes_agents(asked: Asked, agent_token: Optional[str]) -> bool:
    """Whether it admits agents by that token. In doubt yes, as for all servers that were started with one."""
    if agent_token is None:
        return True
    try:
        asked.get(k3s.CONFIG_PATH, k3s.AGENT_USER, agent_token)
        return True
    except https.Failed as fault:
        return fault.status not in REFUSALS


def _expect_object(body: bytes) -> None:
    """Raises ValueError unless it is a JSON object, as k3s' configuration is."""
    if not isinstance(json.loads(body), dict):
        raise ValueError('not a configuration')
