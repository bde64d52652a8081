"""Whether a server on port 6443 belongs to our cluster (design section 6, rule 2)."""
import hashlib
import re
import ssl
from typing import Iterable, List, NamedTuple, Optional, Tuple

from join.model import Server
from join.shell import https, k3s

_BEGIN = '-----BEGIN CERTIFICATE-----'
_CERTIFICATE = re.compile(_BEGIN + r'\s.*?-----END CERTIFICATE-----\n?', re.DOTALL)
MOST_CERTIFICATES = 8


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


def inspect(address: str, port: int, hashes: Iterable[str], password: str, expected: bool) -> Optional[Server]:
    """What listens there; None if it is not a k3s server and none was expected.

    The password goes only to a server whose certificate is signed by a CA with one of the hashes.
    """
    try:
        shown = authorities(https.get(address, port, k3s.CA_PATH, https.trusting_nobody()))
    except (https.Failed, ValueError):
        return Server(address, False, None, expected) if expected else None
    trusted = set(hashes)
    for authority in shown:
        if authority.hash in trusted:
            return _ask(address, port, authority, password, expected)
    return Server(address, False, shown[-1].hash, expected)


def _ask(address: str, port: int, authority: Authority, password: str, expected: bool) -> Server:
    try:
        tls = https.trusting(authority.pem)
        body = https.get(address, port, k3s.MEMBERS_PATH, tls, (k3s.SERVER_USER, password))
        members = k3s.listed_members(body)
    except (https.Failed, ValueError):
        return Server(address, False, authority.hash, expected)
    names = tuple(one.node for one in members if one.member)
    learner = any(one.learner for one in members)
    return Server(address, True, authority.hash, expected, learner, names)
