"""What a node knows of others in one boot: peers that spoke to it, servers that it found, members that etcd lists."""
from dataclasses import dataclass
from typing import NamedTuple, Optional, Tuple

from join.messages import Hello, Using
from join.timing import NEVER


@dataclass
class Peer:
    """One STATE that spoke to us in this boot."""

    name: str
    uuid: str
    incarnation: str
    counter: int
    """Of that hello: a late, older one is ignored."""
    hello: Hello
    address: str
    heard: float
    two_way: float = -NEVER
    """When it last showed that it hears us, too."""
    news: float = -NEVER
    """When it last sent something new."""
    joining_since: float = NEVER
    answered: float = -NEVER
    """When we last answered it directly."""


@dataclass
class HeardAgent:
    """An agent with a key of its own."""

    uuid: str = ''
    incarnation: str = ''
    address: str = ''
    heard: float = -NEVER
    """When it last showed that it hears us, too."""
    answered: float = -NEVER


class HeardUsing(NamedTuple):
    """The newest message on its secrets of a server that hears us."""

    name: str
    heard: float
    said: Using


class Server(NamedTuple):
    """What a scan found at an address on port 6443."""

    address: str
    verified: bool
    """The hash of its /cacerts is one of the trusted ones, and it takes our token over that CA: shows a server
    the members of etcd, an agent its configuration."""
    ca_hash: Optional[str]
    expected: bool
    """At an address of the inventory, of a hint or of a peer."""
    learner: bool = False
    """Somebody is joining there right now."""
    members: Tuple[str, ...] = ()
    """Names of the nodes that its etcd lists; an agent is not told."""
    refuses: bool = False
    """It has that CA, and does not take our token."""
    takes_agents: bool = True
    """It takes the agents' token as we have it; also where we have none, or are an agent."""


class EtcdMember(NamedTuple):
    """A member as etcd lists it, by its node's name."""

    name: str
    reachable: bool
    learner: bool = False
    address: Optional[str] = None
