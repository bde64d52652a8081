"""Which key a datagram is under, and what whoever holds that key may say.

Servers share one peer key. Each agent has one of its own, which the servers derive from its name. Under it
they hear only that this agent is there: no agent can speak as a server, or as another agent.
"""
from typing import Dict, Optional, Tuple

from join.messages import Hello, Message, Servers, Using
from trust.proof import agent_key

MOST_KEPT = 256


class Keyring:
    """What one node knows. `agent`: whose own key it is; empty: it is the servers'. While secrets are rotated it has
    up to two more: of the set that comes, and of the one that was used before."""

    def __init__(
        self, key: bytes, agent: str = '', staged: 'Optional[Keyring]' = None, previous: 'Optional[Keyring]' = None,
    ) -> None:
        self.own, self.agent = key, agent
        self._staged, self._previous = staged, previous
        self._derived: Dict[str, bytes] = {}
        self._heard_by: 'Dict[str, Keyring]' = {}

    @property
    def heard(self) -> 'Tuple[Keyring, ...]':
        """All whose messages count, the one in use first."""
        return tuple(one for one in (self, self._staged, self._previous) if one is not None)

    @property
    def spoken(self) -> 'Tuple[Keyring, ...]':
        """Under which this node says that it is there: who has the next set alone must hear that, too."""
        return tuple(one for one in (self, self._staged) if one is not None)

    def note(self, agent: str, under: 'Keyring') -> None:
        """That agent has proved which key it has: it is answered under that one."""
        self._heard_by.pop(agent, None)
        if len(self._heard_by) >= MOST_KEPT:
            del self._heard_by[next(iter(self._heard_by))]
        self._heard_by[agent] = under

    def under(self, agent: str) -> 'Keyring':
        """Where the key to answer that agent under is."""
        return self._heard_by.get(agent, self)

    def find(self, agent: str) -> Optional[bytes]:
        """The key of that agent, or the servers' (empty); None where this node does not know it."""
        if self.agent or not agent:
            return self.own if agent == self.agent else None
        return self._derived.get(agent) or agent_key(self.own, agent)

    def keep(self, agent: str, key: bytes) -> None:
        """Spares deriving it again. Only of agents that have proved theirs: strangers can name any number."""
        if self.agent or not agent or agent in self._derived:
            return
        if len(self._derived) >= MOST_KEPT:
            del self._derived[next(iter(self._derived))]
        self._derived[agent] = key


def may_say(listener: str, speaker: str, message: Message) -> bool:
    """Whether whoever has that key may say this to a node whose own key is `listener`'s; empty: the servers'."""
    standing = message.body.standing if isinstance(message.body, Hello) else ''
    if listener:
        return standing not in ('', 'agent') or isinstance(message.body, (Servers, Using))
    return not speaker or (standing == 'agent' and message.name == speaker)
