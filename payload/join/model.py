"""What a node knows: what is durable in STATE, what its seed says, what it learns in one boot.

The core is `begin(facts, now)` and `step(state, now, inputs)` in step.py; both return the state and the
outputs (outputs.py) in the order in which they must be carried out. Inputs are in inputs.py, messages
between peers in messages.py. `now` is seconds of a clock that does not follow wall time
(CLOCK_BOOTTIME); no function here reads a clock, a file or a random number of its own.
"""
from dataclasses import dataclass, field
from random import Random
from typing import Dict, NamedTuple, Optional, Set, Tuple, Union

from join.messages import Hello
from join.others import EtcdMember, HeardAgent, HeardUsing, Peer, Server
from join.timing import NEVER


class Value(NamedTuple):
    """The value of a decree: who founds. A name without its STATE founds nothing."""

    name: str
    uuid: str


class Ballot(NamedTuple):
    """Order of proposals; the proposer's STATE UUID makes it unique."""

    round: int
    uuid: str


class Accepted(NamedTuple):
    ballot: Ballot
    value: Value


class Founded(NamedTuple):
    """That a cluster exists. The hash is None if only the fact is known."""

    epoch: int
    ca_hash: Optional[str]


class Votes(NamedTuple):
    """Durable, `votes.json`: fsynced before any answer that depends on it."""

    epoch: int = 0
    """The highest epoch voted in; lower ones are refused forever."""
    promised: Optional[Ballot] = None
    accepted: Optional[Accepted] = None
    joiner_of: int = 0
    """STATE was created while this epoch's latch was closed: no vote in it or in older ones. 0: voter."""
    founded: Optional[Founded] = None
    """The newest founding heard of from a member."""
    raised: int = 0
    """Epoch that `homepbp abandon-founder` raised this node to; 0: the seed's counts."""


class Member(NamedTuple):
    """Durable, `member.json`: written before k3s starts. With it, a node without a WAL never founds,
    except in mode `founding`, which has not been announced yet."""

    epoch: int
    mode: str
    """founding (k3s may not have made anything yet) | founder | joining | joined."""
    ca_hash: Optional[str] = None
    roster: Tuple[Tuple[str, str], ...] = ()
    """(name, STATE UUID) of the members met, sorted: who is who when one comes back wiped."""
    server: Optional[str] = None
    """Address for `server:`: another member's, so that a tombstone leads to joining."""


class Config(NamedTuple):
    """From the seed (node.json); see contract/node-config.ts."""

    name: str
    role: str
    epoch: int
    quorum: Union[str, int]
    sets: Tuple[Tuple[str, ...], ...]
    """A decree needs a quorum of each."""
    servers: Tuple[Tuple[str, Optional[str]], ...]
    """(name, address where fixed) of the inventory's servers."""
    hints: Tuple[str, ...] = ()
    """known_servers of the node and of the cluster."""
    join_only: bool = False
    """A known server is outside the inventory: join, never found."""
    founded: bool = False
    """cluster.founded: the latch is closed for this epoch."""
    ca_hash: Optional[str] = None
    """cluster.ca_hash, pinned."""


class Sets(NamedTuple):
    """Of secrets, by their ids."""

    used: str
    staged: Optional[str] = None
    """A newer one, which Genesis has given and which is not used yet."""


class Facts(NamedTuple):
    """What the shell found at start. `votes` and `member` are None if there is no file."""

    config: Config
    uuid: str
    """Of STATE; for an agent without one, of its name."""
    incarnation: str
    """Random, new at every start of the process: 16 hex digits."""
    seed: int
    """For the random waits."""
    wal: bool
    """/var/lib/rancher/k3s/server/db/etcd/member/wal exists."""
    tombstone: bool
    """db/etcd/tombstone exists."""
    votes: Optional[Votes] = None
    member: Optional[Member] = None
    unreadable: Optional[str] = None
    """Path and reason where one of the two files exists but cannot be read: no vote, no founding."""
    k3s_running: bool = False
    """k3s.service is already active (the agent alone was started again)."""
    sets: Optional[Sets] = None
    """None: nothing is said of them, and nothing rotates."""


@dataclass
class Round:
    """A proposal of ours under way, or the last one that went through."""

    ballot: Ballot
    sent: float
    """When its prepare left: what was confirmed is at least as new as this."""
    value: Value
    promises: Dict[str, Tuple[str, Optional[Accepted]]] = field(default_factory=dict)
    """Name → the STATE UUID that promised, and what it had accepted before."""
    accepts: Dict[str, str] = field(default_factory=dict)
    """Name → the STATE UUID that accepted."""
    refused: Set[str] = field(default_factory=set)
    """STATE UUIDs."""
    accepting: bool = False
    chosen: bool = False


@dataclass
class State:
    """Everything that one agent knows. Owned by the caller of `step`, which changes it in place."""

    config: Config
    uuid: str
    incarnation: str
    random: Random
    votes: Votes
    member: Optional[Member]
    wal: bool
    tombstone: bool
    unreadable: Optional[str]
    fresh: bool
    """STATE was made in this boot: nothing was ever written by this agent."""
    counter: int = 0
    peers: Dict[str, Peer] = field(default_factory=dict)
    """By STATE UUID."""
    agents: Dict[str, HeardAgent] = field(default_factory=dict)
    """By name: those with keys of their own. Never counted as peers."""
    told_servers: Tuple[str, ...] = ()
    """On an agent: addresses of servers, as one of them told."""
    latch: int = 0
    """Highest epoch whose latch was seen closed in this boot."""
    two_clusters: Optional[str] = None
    """Set when members of one epoch report different CAs."""
    chosen: Optional[Value] = None
    """The founder of our epoch, as far as known."""
    round: Optional[Round] = None
    next_round: int = 0
    """Above every round that refused us."""
    propose_at: float = -NEVER
    """Not before this: another's round, or our own failed one, comes first."""
    patience: float = 0.0
    """Drawn once: slightly more than the settle time, so that not all propose at once."""
    quorum_since: float = NEVER
    """Since when a quorum has been seen continuously."""
    k3s: str = 'off'
    """off | starting | up (etcd answers) | stopping."""
    k3s_how: str = ''
    failures: int = 0
    """How often in a row k3s exited before it was up."""
    last_words: str = ''
    """Of the last k3s that exited on its own; empty once one is up."""
    overdue: int = 0
    """How often in a row k3s was stopped because it never became ready."""
    ready_by: float = NEVER
    """When a k3s that joins is stopped unless its etcd has answered; NEVER: it has data, or does not run."""
    start_at: float = 0.0
    """k3s is not started again before."""
    scan_asked: float = -NEVER
    scanning: bool = False
    scanned: float = -NEVER
    """When the scan that gave `servers` was asked for."""
    servers: Tuple[Server, ...] = ()
    join_at: float = NEVER
    hello_at: float = 0.0
    hello_sent: float = -NEVER
    hello_body: Optional[Hello] = None
    eligible: bool = False
    """See Hello.eligible."""
    reason: str = ''
    """What this node is waiting for, a sentence; empty: nothing."""
    waiting_since: float = NEVER
    said: str = ''
    said_at: float = -NEVER
    etcd: Tuple[EtcdMember, ...] = ()
    serves: bool = False
    """See K3sStatus.serves."""
    unreached: Dict[str, float] = field(default_factory=dict)
    """Name of an etcd member → since when it has not been reached."""
    removed_at: float = -NEVER
    aside_asked: float = NEVER
    """When SetDbAside was last issued and is still pending."""
    sets: Optional[Sets] = None
    using: Dict[str, HeardUsing] = field(default_factory=dict)
    """By STATE UUID."""
    taking: bool = False
    """TakeStaged is issued: this process ends, or hears that k3s exited."""
    take_failed: bool = False
    rotation: str = ''
    """Why a set that is staged is not used yet; empty: there is none, or it is being taken."""
    just_started: bool = False
    """The last step issued a StartK3s."""
