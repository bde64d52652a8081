"""What the shell tells the core."""
from typing import NamedTuple, Optional, Tuple, Union

from join.messages import Message
from join.others import EtcdMember, Server


class Tick(NamedTuple):
    """The time set by SetTimer has come. Harmless at any other time."""


class Received(NamedTuple):
    """A message that Inbox accepted: authentic, well-formed, not seen before."""

    message: Message
    address: str
    agent: str = ''
    """See wire.Spoken."""


class Scanned(NamedTuple):
    """The answer to Scan, within 60 s of it: every server found (none: an empty tuple)."""

    servers: Tuple[Server, ...]


class K3sStatus(NamedTuple):
    """While k3s runs: every 5 to 10 s, and at once when it changes."""

    etcd: bool
    """/db/info on 127.0.0.1 answers (an agent: its kubelet runs)."""
    ca_hash: Optional[str] = None
    """SHA-256 of our own /cacerts, once there is one."""
    members: Tuple[EtcdMember, ...] = ()
    serves: bool = True
    """Whether its unit is active: k3s tells systemd once its API server is ready, long after etcd."""


class K3sExited(NamedTuple):
    """The k3s unit exited, on its own or by StopK3s. systemd does not restart it."""

    reason: str
    """evicted (etcd removed this member; tombstone, removed learner) | stopped | other."""
    wal: bool
    """Whether the WAL exists now."""
    tombstone: bool = False
    words: str = ''
    """Its last words, if it exited on its own."""


class Latch(NamedTuple):
    """Genesis' answer to GET /api/founding; not sent if it does not answer."""

    epoch: int
    """Highest epoch that is founded; 0: none."""


class DbSetAside(NamedTuple):
    """SetDbAside is done: neither WAL nor tombstone any more."""


class PersistFailed(NamedTuple):
    """A Persist could not be made durable. The shell did nothing that came after it."""

    what: str
    """File and reason."""


class AbandonFounder(NamedTuple):
    """`homepbp abandon-founder`, confirmed with the node's name: the chosen founder never comes back."""


class Forget(NamedTuple):
    """`homepbp forget NAME`, confirmed with the node's name: remove that member from etcd."""

    name: str


Input = Union[
    Tick, Received, Scanned, K3sStatus, K3sExited, Latch, DbSetAside, PersistFailed, AbandonFounder,
    Forget,
]
