"""What the core wants done. The shell carries out the outputs of a step in order, each finished before
the next; if a Persist fails, it drops the rest and reports PersistFailed."""
from typing import NamedTuple, Optional, Tuple, Union

from join.messages import Message
from join.model import Member, Votes


class PersistVotes(NamedTuple):
    """Write votes.json by rename and fsync file and folder."""

    votes: Votes


class PersistMember(NamedTuple):
    """Write member.json, as above."""

    member: Member


class Send(NamedTuple):
    """One UDP message to an address; None: broadcast, and every inventory, hinted and peer address."""

    message: Message
    address: Optional[str]
    agent: str = ''
    """The agent that it is for, under whose own key it goes; empty: a server, or all of them."""


class Scan(NamedTuple):
    """Look for servers on 6443: at these addresses, inventory and hints, and in the local subnets.
    Answer with Scanned."""

    hashes: Tuple[str, ...]
    """CA hashes that make a server a verified one."""
    addresses: Tuple[str, ...]
    """Of peers."""


class StartK3s(NamedTuple):
    """Write k3s' configuration, then start it."""

    how: str
    """init (cluster-init) | join | member (its WAL decides) | agent."""
    server: Optional[str]
    """Address for `server:`; None: leave it out."""
    ca_hash: Optional[str]
    """Token as `K10<hash>::…`; None: the short form, for init only."""
    with_agents: bool = True
    """With the agents' token, if we have one: to join, it must be the one of the server that is joined."""


class KeepServer(NamedTuple):
    """Rewrite the configuration of the running k3s, without cluster-init; no restart."""

    server: Optional[str]
    ca_hash: Optional[str]


class StopK3s(NamedTuple):
    """Stop k3s for good. Answer with K3sExited, reason `stopped`."""


class TakeStaged(NamedTuple):
    """Stop k3s and use the staged set of secrets from now on; the agent then starts again. Answer with K3sExited only
    if that fails."""

    set: str
    """Its id."""


class SetDbAside(NamedTuple):
    """Rename server/db out of the way, keeping it; k3s is not running. Answer with DbSetAside."""


class RemoveMember(NamedTuple):
    """Remove a stale member from etcd (Kubernetes: delete its Node)."""

    name: str


class Say(NamedTuple):
    """One sentence for people: the console, status and Genesis. Empty: all is well."""

    text: str


class Answer(NamedTuple):
    """The result of an order given at the node: for the console and the notes of status. Not what the node
    is waiting for."""

    text: str


class CheckIn(NamedTuple):
    """POST /api/checkin; failure does not matter."""

    stage: str
    """cluster | founded | ready."""
    message: str


class SetTimer(NamedTuple):
    """Call with Tick at this time at the latest; replaces the one before."""

    at: float


Output = Union[
    PersistVotes, PersistMember, Send, Scan, StartK3s, KeepServer, StopK3s, TakeStaged, SetDbAside,
    RemoveMember,
    Say, Answer, CheckIn, SetTimer,
]
