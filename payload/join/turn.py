"""One call of `step`: the state, the time, the outputs so far, and when to be called again."""
from typing import List, Optional

from join.messages import Body, Message
from join.model import Member, State, Votes
from join.outputs import Output, PersistMember, PersistVotes, Send
from join.timing import NEVER


class Turn:
    __slots__ = ('state', 'now', 'out', 'wake')

    def __init__(self, state: State, now: float) -> None:
        self.state = state
        self.now = now
        self.out: List[Output] = []
        self.wake = NEVER

    def wake_at(self, at: float) -> None:
        """Be called again at this time at the latest."""
        if at < self.wake:
            self.wake = at

    def reached(self, at: float) -> bool:
        """Whether that time has come; if not, be called again then."""
        if at <= self.now:
            return True
        self.wake_at(at)
        return False

    def send(self, body: Body, address: Optional[str] = None, agent: str = '') -> None:
        """To an address, or to all servers; `agent`: see Send."""
        state = self.state
        state.counter += 1
        message = Message(state.config.name, state.uuid, state.incarnation, state.counter, body)
        self.out.append(Send(message, address, agent))


def persist_votes(turn: Turn, votes: Votes) -> None:
    """Durable before whatever is put out after it."""
    if votes == turn.state.votes:
        return
    turn.state.votes = votes
    turn.out.append(PersistVotes(votes))


def persist_member(turn: Turn, member: Member) -> None:
    """Durable before whatever is put out after it."""
    if member == turn.state.member:
        return
    turn.state.member = member
    turn.out.append(PersistMember(member))
