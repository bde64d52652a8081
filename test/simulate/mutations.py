"""Each safety rule of design section 6, and how to break it. Nothing here can be reached from a node:
a mutation replaces one function of the core (or of the simulated disk and codec) in this process.
"""
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from join import cluster, decree, founding, joining, knowledge, peers, quorum, readmission, step, turn, waiting
from join.model import Accepted, Ballot, Member, Round, State, Value, Votes
from join.outputs import PersistVotes
from join.turn import Turn
from simulate import machine, world
from simulate.schedule import CLUSTER, DISKS, ELECTION, OPERATOR, Flavour


class Mutation(NamedTuple):
    rule: str
    """What design section 6 says."""
    apply: Callable[[], None]
    flavour: Flavour = ELECTION
    """Which histories are likely to show it."""
    nodes: int = 3


def _nothing(*_: object) -> str:
    return ''


def _replace(name: str, new: object, *modules: object) -> Callable[[], None]:
    """Puts another function in the place of one, wherever it is known by that name."""
    def apply() -> None:
        for module in modules:
            assert hasattr(module, name), name
            setattr(module, name, new)
    return apply


def _forget_votes() -> None:
    def persist(self_turn: Turn, votes: Votes) -> None:
        self_turn.state.votes = votes
    _replace('persist_votes', persist, decree)()


def _answer_before_sync() -> None:
    """The vote leaves before it is on the disk."""
    original = turn.Turn.send

    def send(self: Turn, body: object, address: Optional[str] = None) -> None:
        original(self, body, address)  # type: ignore[arg-type]
        if len(self.out) > 1 and isinstance(self.out[-2], PersistVotes):
            self.out[-2], self.out[-1] = self.out[-1], self.out[-2]
    setattr(turn.Turn, 'send', send)


def _needed_less(count: int, kind: object, own: bool) -> int:
    return max(1, count // 2)


def _own_set_only() -> None:
    def enough(state: State, names: 'List[str]') -> bool:
        own = knowledge.own_set(state)
        return quorum.is_quorum(names, (own,), own, state.config.quorum)
    _replace('enough', enough, decree, knowledge, waiting)()


def _own_value(promises: object, own: Value) -> Value:
    return own


def _lowest_value(promises: 'Dict[str, Tuple[str, Optional[Accepted]]]', own: Value) -> Value:
    best: Optional[Accepted] = None
    for _, accepted in promises.values():
        if accepted is not None and (best is None or accepted.ballot < best.ballot):
            best = accepted
    return own if best is None else best.value


def _low_ballot(state: State) -> Ballot:
    return Ballot(1, 'u')


def _votes_in_any(votes: Votes, epoch: int) -> Votes:
    return votes if epoch == votes.epoch else votes._replace(epoch=epoch, promised=None, accepted=None)


def _lower_epochs() -> None:
    _replace('votes_in', _votes_in_any, decree)()
    original = knowledge.votes_from

    def votes_from(state: State) -> int:
        lowest = original(state)
        return 0 if lowest == 0 else max(1, state.votes.joiner_of + 1, knowledge.data_epoch(state) + 1)
    _replace('votes_from', votes_from, decree, knowledge, peers)()
    _replace('later_epoch', _nothing, waiting)()


def _data_is_nothing() -> None:
    """Whoever holds data, or knows of a cluster, votes all the same; and nobody waits because of it."""
    def votes_from(state: State) -> int:
        return max(1, state.votes.epoch, state.votes.joiner_of + 1)
    _replace('votes_from', votes_from, decree, knowledge, peers)()
    _replace('told_of_cluster', _nothing, waiting)()


def _founding_unheard() -> None:
    """'founded' is not recorded by those that hear of it."""
    _replace('learn_cluster', lambda a_turn, body: None, peers)()


def _born_voters() -> None:
    _replace('born_under_latch', lambda a_turn: None, step)()


def _no_confirmation() -> None:
    """Whoever once accepted itself as the founder starts, asking nobody again."""
    original = founding.found

    def found(a_turn: Turn) -> None:
        state = a_turn.state
        accepted = state.votes.accepted
        own = accepted is not None and accepted.value == Value(state.config.name, state.uuid)
        if own and not waiting.obstacle(state, a_turn.now) and state.scanned > 0:
            state.round = founding_round(state)
            founding.start(a_turn)
        else:
            original(a_turn)
    _replace('found', found, founding)()


def founding_round(state: State) -> Round:
    """For the judge: the round that was not held."""
    accepted = state.votes.accepted
    assert accepted is not None
    return Round(accepted.ballot, -1000.0, accepted.value)


def _former_founds() -> None:
    original = waiting.no_founder

    def no_founder(state: State, now: float) -> str:
        reason = original(state, now)
        return '' if reason.startswith('it was a member') else reason
    _replace('no_founder', no_founder, waiting)()

    def data_epoch(state: State) -> int:
        return state.votes.founded.epoch if state.votes.founded is not None else 0
    _replace('data_epoch', data_epoch, knowledge, decree, waiting)()


def _any_state() -> None:
    """A founder is known by its name alone."""
    original = waiting.other_founder

    def other_founder(state: State, now: float) -> str:
        if state.chosen is not None and state.chosen.name == state.config.name:
            return ''
        return original(state, now)
    _replace('other_founder', other_founder, waiting)()

    class ByName(Value):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, tuple) and self[0] == other[0]

        def __ne__(self, other: object) -> bool:
            return not self == other
        __hash__ = Value.__hash__
    _replace('Value', ByName, founding)()


def _forged_pass() -> None:
    def arrive_forged(self: world.World, target: machine.Machine, datagram: 'tuple[object, str]') -> None:
        target.receive(datagram[0], datagram[1])  # type: ignore[arg-type]
    setattr(world.World, 'arrive_forged', arrive_forged)


def _no_look() -> None:
    """The chosen founder does not look for servers again."""
    _replace('has_looked', lambda state: True, founding)()
    _replace('joinable', lambda state: [], founding)()
    original = waiting.strange_server
    del original
    _replace('strange_server', _nothing, waiting)()


def _join_anything() -> None:
    """Any server that answers is joined."""
    def trusted(state: State) -> 'Dict[str, int]':
        return _AnyHash()
    _replace('trusted', trusted, joining)()
    original = world.World.scan

    def scan(self: world.World, a_machine: machine.Machine, wish: object) -> object:
        return tuple(one._replace(verified=True) for one in original(self, a_machine, wish))  # type: ignore[arg-type]
    setattr(world.World, 'scan', scan)


class _AnyHash(Dict[str, int]):
    def get(self, key: object, default: object = None) -> int:
        return 10 ** 6

    def __getitem__(self, key: object) -> int:
        return 1


def _tombstone_ignored() -> None:
    """A tombstone is taken for nothing: no marker, no `server:`."""
    def set_aside(a_turn: Turn) -> None:
        a_turn.state.tombstone = a_turn.state.wal = False
        a_turn.state.member = None
        a_turn.state.votes = Votes()
    _replace('set_aside', set_aside, cluster)()


def _marker_lost() -> None:
    """member.json is never written."""
    def persist(a_turn: Turn, member: Member) -> None:
        a_turn.state.member = member
    _replace('persist_member', persist, cluster, joining, founding, peers)()


def _superseded_runs() -> None:
    _replace('superseded', _nothing, waiting, cluster)()


def _remove_at_once() -> None:
    _replace('UNREACHED', 0.0, readmission)()


def _remove_same_state() -> None:
    _replace('has_another_state', lambda state, peer, now: True, readmission)()


def _remove_without_quorum() -> None:
    _replace('can_spare', lambda state, stale: True, readmission)()


def _data_founds() -> None:
    """Rule 1 off: a WAL is not looked at."""
    def holds_data(state: State) -> bool:
        return False
    _replace('holds_data', holds_data, knowledge, cluster if hasattr(cluster, 'holds_data') else step, step)()
    _replace('was_member', holds_data, knowledge, waiting)()


MUTATIONS: Dict[str, Mutation] = {
    'forget-votes': Mutation('votes are durable', _forget_votes),
    'answer-before-fsync': Mutation('votes are fsynced before any answer', _answer_before_sync),
    'less-than-majority': Mutation('a quorum is at least a majority', _replace('needed', _needed_less, quorum)),
    'own-set-only': Mutation('a decree needs a majority of each published set', _own_set_only, OPERATOR),
    'own-value': Mutation('Paxos: an accepted value is taken over', _replace('adopted', _own_value, decree)),
    'lowest-value': Mutation('Paxos: of several the one of the highest ballot', _replace('adopted', _lowest_value, decree)),
    'low-ballots': Mutation('Paxos: ballots are unique, and a promise holds', _replace(
        'outranked', lambda votes, ballot: False, decree)),
    'same-ballots': Mutation('Paxos: a ballot belongs to one proposer', _replace('new_ballot', _low_ballot, decree)),
    'lower-epochs': Mutation('acceptors refuse lower epochs for ever', _lower_epochs, OPERATOR),
    'data-is-nothing': Mutation('rule 3: whoever holds data says so and does not vote; the others wait', _data_is_nothing, DISKS),
    'unrecorded': Mutation("rule 5: 'founded' is recorded", _founding_unheard, DISKS),
    'latch-open': Mutation('rule 3: the latch is closed: wait', _replace('closed_latch', lambda state: 0, knowledge, decree, waiting, step), OPERATOR),
    'born-voters': Mutation('a STATE made while the latch is closed never votes', _born_voters, DISKS),
    'no-confirmation': Mutation('the founder confirms its decree with a quorum just before it starts', _no_confirmation, OPERATOR),
    'former-founds': Mutation('who was a member and has no WAL never founds', _former_founds, CLUSTER),
    'name-is-enough': Mutation('the decree names a STATE, not a name', _any_state, DISKS),
    'forged-pass': Mutation('messages are authenticated', _forged_pass, CLUSTER),
    'no-look': Mutation('the chosen founder repeats step 2; unverified servers block', _no_look, DISKS),
    'join-anything': Mutation('only verified servers are joined', _join_anything, CLUSTER),
    'tombstone-ignored': Mutation('a tombstone leads to joining, never to founding', _tombstone_ignored, CLUSTER),
    'marker-lost': Mutation('`member` is durable before k3s starts', _marker_lost, CLUSTER),
    'data-founds': Mutation('rule 1: a WAL starts k3s at once', _data_founds, CLUSTER),
    'superseded-runs': Mutation('a member that learns of a later epoch stops k3s', _superseded_runs, OPERATOR),
    'remove-at-once': Mutation('a stale member has not been reached for 60 s', _remove_at_once, CLUSTER),
    'remove-same-state': Mutation('a member is removed only for another STATE UUID', _remove_same_state, CLUSTER),
    'remove-without-quorum': Mutation('the remaining voters hold quorum', _remove_without_quorum, CLUSTER),
}
