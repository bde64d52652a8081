"""What peers say to each other over UDP 6445. wire.py turns these into bytes and back."""
from typing import NamedTuple, Optional, Tuple, Union

LARGEST_EPOCH = 2 ** 31 - 1
"""As contract/epoch.ts has it. What follows from an epoch, such as the first one without a vote, may be one more."""


class Hello(NamedTuple):
    """What a node is; sent to all periodically, and when it changes."""

    epoch: int
    """The epoch that the sender would found or has data of."""
    standing: str
    """blank | founding | member (holds data) | former (was one) | agent."""
    votes_from: int
    """The lowest epoch that it can vote in; 0: it votes in none."""
    eligible: bool
    """It may found: STATE good, quorum seen, nothing in the way."""
    joining: bool
    """Its k3s is joining right now."""
    founded: Optional[Tuple[int, Optional[str]]]
    """(epoch, CA hash) of the newest cluster that the sender knows to exist."""
    chosen: Optional[Tuple[str, str]]
    """(name, STATE UUID) of that epoch's founder, where known."""
    hears: Tuple[Tuple[str, str], ...]
    """(STATE UUID, incarnation) of those that the sender has recently heard."""


class Prepare(NamedTuple):
    epoch: int
    ballot: Tuple[int, str]


class Promise(NamedTuple):
    epoch: int
    ballot: Tuple[int, str]
    accepted: Optional[Tuple[Tuple[int, str], Tuple[str, str]]]
    """(ballot, value) accepted before in that epoch."""


class Accept(NamedTuple):
    epoch: int
    ballot: Tuple[int, str]
    value: Tuple[str, str]


class Voted(NamedTuple):
    """The value of that ballot is accepted, durably."""

    epoch: int
    ballot: Tuple[int, str]


class Refuse(NamedTuple):
    epoch: int
    """The highest epoch that the sender has voted in, or in which it knows of a cluster."""
    ballot: Tuple[int, str]
    """That was refused."""
    round: int
    """The highest round promised, so that the next proposal can go above it."""
    why: str
    """epoch | ballot | data | founded | latch | joiner | unreadable."""


class Servers(NamedTuple):
    """To agents only, after a hello."""

    addresses: Tuple[str, ...]
    """IPv4, of servers of the cluster: where an agent may look for one to join."""


class Using(NamedTuple):
    """Which secrets a server works with; after each hello."""

    set: str
    """The id of the set in use."""
    staged: Optional[str]
    """Of the one that it has and does not use yet."""
    up: bool
    """Its k3s runs, with that set, and its etcd answers."""
    hears: Tuple[Tuple[str, str], ...]
    """See Hello.hears. Whoever is not in it takes no notice: it may be replayed."""


Body = Union[Hello, Prepare, Promise, Accept, Voted, Refuse, Servers, Using]


class Message(NamedTuple):
    """A body and its sender. The counter grows by one with each message of an incarnation."""

    name: str
    uuid: str
    incarnation: str
    counter: int
    body: Body
