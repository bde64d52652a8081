"""Rules 1 to 3 and what concerns members broken: data, servers, latches, markers, messages, removals."""
from typing import Dict

from join import cluster, decree, founding, joining, keyring, knowledge, peers, readmission, roster, step, waiting, wire
from join.inputs import PersistFailed, Received
from join.model import Member, State, Votes
from join.overdue import expect
from join.turn import Turn, persist_votes
from simulate import machine, world
from simulate.replacing import nothing, replace


def data_is_nothing() -> None:
    """A node with data, or that knows of a cluster, votes anyway; and nobody waits because of it."""
    def votes_from(state: State) -> int:
        return max(1, state.votes.epoch, state.votes.joiner_of + 1)
    replace('votes_from', votes_from, decree, knowledge, peers)()
    replace('told_of_cluster', nothing, waiting)()


def founding_unheard() -> None:
    """'founded' is not recorded by those that hear of it."""
    replace('learn_cluster', lambda a_turn, body: None, peers)()


def born_voters() -> None:
    replace('born_under_latch', lambda a_turn: None, step)()


def latch_beyond() -> None:
    """Whatever epoch Genesis names is kept, whichever this node is in."""
    def born_under_latch(a_turn: Turn) -> None:
        state = a_turn.state
        closed = knowledge.closed_latch(state)
        if state.fresh and closed >= knowledge.epoch_of(state) and closed > state.votes.joiner_of:
            persist_votes(a_turn, state.votes._replace(joiner_of=closed))
    replace('born_under_latch', born_under_latch, step)()


def agents_are_servers() -> None:
    """What is said under an agent's key counts as if it were the servers'."""
    replace('may_say', lambda listener, speaker, message: True, keyring, wire, machine)()
    step.HANDLERS[Received] = lambda a_turn, item: step.received(a_turn, item._replace(agent=''))


def former_founds() -> None:
    original = waiting.no_founder

    def no_founder(state: State, now: float) -> str:
        reason = original(state, now)
        return '' if reason.startswith('it was a member') else reason
    replace('no_founder', no_founder, waiting)()

    def data_epoch(state: State) -> int:
        return state.votes.founded.epoch if state.votes.founded is not None else 0
    replace('data_epoch', data_epoch, knowledge, decree, waiting)()


def forged_pass() -> None:
    def arrive_forged(self: world.World, target: machine.Machine, datagram: 'tuple[object, str]') -> None:
        target.receive(datagram[0], datagram[1])  # type: ignore[arg-type]
    setattr(world.World, 'arrive_forged', arrive_forged)


def no_look() -> None:
    """The chosen founder does not look for servers again."""
    replace('has_looked', lambda state: True, founding)()
    replace('joinable', lambda state: [], founding)()
    replace('strange_server', nothing, waiting)()


def join_anything() -> None:
    """Any server that answers is joined."""
    def trusted(state: State) -> 'Dict[str, int]':
        return _AnyHash()
    replace('trusted', trusted, joining)()
    original = world.World.scan

    def scan(self: world.World, a_machine: machine.Machine, wish: object) -> object:
        return tuple(one._replace(verified=True) for one in original(self, a_machine, wish))  # type: ignore[arg-type]
    setattr(world.World, 'scan', scan)


class _AnyHash(Dict[str, int]):
    def get(self, key: object, default: object = None) -> int:
        return 10 ** 6

    def __getitem__(self, key: object) -> int:
        return 1


def tombstone_ignored() -> None:
    """A tombstone is ignored: no marker, no `server:`."""
    def set_aside(a_turn: Turn) -> None:
        a_turn.state.tombstone = a_turn.state.wal = False
        a_turn.state.member = None
        a_turn.state.votes = Votes()
    replace('set_aside', set_aside, cluster)()


def marker_lost() -> None:
    """member.json is never written."""
    def persist(a_turn: Turn, member: Member) -> None:
        a_turn.state.member = member
    replace('persist_member', persist, cluster, joining, founding, roster)()


def superseded_runs() -> None:
    replace('superseded', nothing, waiting, cluster)()


def outrun_goes_on() -> None:
    """A founder founds, whatever it hears of before its own cluster is up."""
    replace('outrun', nothing, waiting, cluster)()


def unborn_lives() -> None:
    """It stops, and then starts what it had begun."""
    replace('_was_unborn', lambda state, report: False, cluster)()


def remove_at_once() -> None:
    replace('UNREACHED', 0.0, readmission)()


def remove_same_state() -> None:
    replace('has_another_state', lambda state, peer, now: True, readmission)()


def remove_without_quorum() -> None:
    """etcd itself refuses such a removal: nothing happens unless that is off as well."""
    replace('can_spare', lambda state, stale: True, readmission)()

    def remove_member(self: world.World, a_machine: machine.Machine, name: str) -> None:
        served = a_machine.k3s.served()
        if served is not None and name in served.members:
            self.judge.removed(a_machine, served, name)
            self.drop_member(served, name)
    setattr(world.World, 'remove_member', remove_member)


def members_hurried() -> None:
    """A k3s with data, too, must get ready in time."""
    original = cluster.start_member

    def start_member(a_turn: Turn) -> None:
        original(a_turn)
        if a_turn.state.k3s == 'starting':
            expect(a_turn.state, a_turn.now)
    replace('start_member', start_member, cluster)()


def data_founds() -> None:
    """Rule 1 off: a WAL is not looked at."""
    def holds_data(state: State) -> bool:
        return False
    replace('holds_data', holds_data, knowledge, step)()
    replace('was_member', holds_data, knowledge, waiting)()


def write_failed() -> None:
    """A vote that could not be written counts all the same."""
    step.HANDLERS[PersistFailed] = lambda a_turn, item: None
