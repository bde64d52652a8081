"""Which key a datagram is under, and what whoever holds that key may say.

Servers share one peer key. Each agent has one of its own, which the servers derive from its name. Under it
they hear only that this agent is there: no agent can speak as a server, or as another agent.
"""
from typing import Dict, Optional

from join.messages import Hello, Message, Servers
from trust.proof import agent_key

MOST_KEPT = 256


class Keyring:
    """What one node knows. `agent`: whose own key it is; empty: it is the servers'."""

    def __init__(self, key: bytes, agent: str = '') -> None:
        self.own, self.agent = key, agent
        self._derived: Dict[str, bytes] = {}

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
        return standing not in ('', 'agent') or isinstance(message.body, Servers)
    return not speaker or (standing == 'agent' and message.name == speaker)
