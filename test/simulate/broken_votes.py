"""Rule 4 and 5 broken: votes, quorums, ballots, epochs, decrees."""
from typing import Dict, List, Optional, Tuple

from join import decree, founding, knowledge, peers, quorum, turn, waiting
from join.model import Accepted, Ballot, Round, State, Value, Votes
from join.outputs import PersistVotes
from join.turn import Turn
from simulate.replacing import nothing, replace


def forget_votes() -> None:
    def persist(self_turn: Turn, votes: Votes) -> None:
        self_turn.state.votes = votes
    replace('persist_votes', persist, decree)()


def answer_before_sync() -> None:
    """The vote leaves before it is on the disk."""
    original = turn.Turn.send

    def send(self: Turn, body: object, address: Optional[str] = None, agent: str = '') -> None:
        original(self, body, address, agent)  # type: ignore[arg-type]
        if len(self.out) > 1 and isinstance(self.out[-2], PersistVotes):
            self.out[-2], self.out[-1] = self.out[-1], self.out[-2]
    setattr(turn.Turn, 'send', send)


def needed_less(count: int, kind: object, own: bool) -> int:
    return max(1, count // 2)


def own_set_only() -> None:
    def enough(state: State, names: 'List[str]') -> bool:
        own = knowledge.own_set(state)
        return quorum.is_quorum(names, (own,), own, state.config.quorum)
    replace('enough', enough, decree, knowledge, waiting)()


def own_value(promises: object, own: Value) -> Value:
    return own


def lowest_value(promises: 'Dict[str, Tuple[str, Optional[Accepted]]]', own: Value) -> Value:
    best: Optional[Accepted] = None
    for _, accepted in promises.values():
        if accepted is not None and (best is None or accepted.ballot < best.ballot):
            best = accepted
    return own if best is None else best.value


def low_ballot(state: State) -> Ballot:
    return Ballot(1, 'u')


def _votes_in_any(votes: Votes, epoch: int) -> Votes:
    return votes if epoch == votes.epoch else votes._replace(epoch=epoch, promised=None, accepted=None)


def lower_epochs() -> None:
    replace('votes_in', _votes_in_any, decree)()
    original = knowledge.votes_from

    def votes_from(state: State) -> int:
        lowest = original(state)
        return 0 if lowest == 0 else max(1, state.votes.joiner_of + 1, knowledge.data_epoch(state) + 1)
    replace('votes_from', votes_from, decree, knowledge, peers)()
    replace('later_epoch', nothing, waiting)()


def no_confirmation() -> None:
    """A node that once accepted itself as the founder starts, asking nobody again."""
    original = founding.found

    def found(a_turn: Turn) -> None:
        state = a_turn.state
        accepted = state.votes.accepted
        own = accepted is not None and accepted.value == Value(state.config.name, state.uuid)
        if own and not waiting.obstacle(state, a_turn.now) and state.scanned > 0:
            state.round = _founding_round(state)
            founding.start(a_turn)
        else:
            original(a_turn)
    replace('found', found, founding)()


def _founding_round(state: State) -> Round:
    """For the judge: the round that was not held."""
    accepted = state.votes.accepted
    assert accepted is not None
    return Round(accepted.ballot, -1000.0, accepted.value)


def any_state() -> None:
    """A founder is known by its name alone."""
    original = waiting.other_founder

    def other_founder(state: State, now: float) -> str:
        if state.chosen is not None and state.chosen.name == state.config.name:
            return ''
        return original(state, now)
    replace('other_founder', other_founder, waiting)()

    class ByName(Value):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, tuple) and self[0] == other[0]

        def __ne__(self, other: object) -> bool:
            return not self == other
        __hash__ = Value.__hash__
    replace('Value', ByName, founding)()
