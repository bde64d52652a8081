"""What the unit tests of the core share: one node with its clock, and peers that speak to it."""
from typing import Any, Dict, List, Tuple, Type, TypeVar

from join.inputs import Input, K3sStatus, Received, Scanned, Tick
from join.messages import Body, Hello, Message
from join.model import Config, Facts, Member
from join.others import EtcdMember, Server
from join.outputs import Output, Scan, Send, SetTimer
from join.step import begin, step

CA = 'a' * 64
OTHER_CA = 'b' * 64
T = TypeVar('T')


def config_of(count: int = 3, **changes: Any) -> Config:
    """n1's seed in an inventory of so many servers."""
    names = tuple(f'n{number}' for number in range(1, count + 1))
    config = Config('n1', 'server', 1, 'majority', (names,), tuple((name, None) for name in names))
    return config._replace(**changes)


def facts_of(**changes: Any) -> Facts:
    """n1 with an empty STATE, u-1."""
    facts = Facts(config_of(), 'u-1', '1' * 16, 1, False, False)
    return facts._replace(**changes)


def message_of(name: str, uuid: str, counter: int, body: Body) -> Message:
    """Each STATE has one incarnation here."""
    return Message(name, uuid, f'{sum(uuid.encode()):016x}', counter, body)


def kinds(outputs: List[Output], kind: Type[T]) -> List[T]:
    """The outputs of one kind."""
    return [one for one in outputs if type(one) is kind]


def bodies(outputs: List[Output], kind: Type[T]) -> List[T]:
    """What was sent of one kind."""
    sent = [one.message.body for one in outputs if isinstance(one, Send)]
    return [body for body in sent if isinstance(body, kind)]


class Trial:
    """A node under test. `done` are all outputs so far."""

    def __init__(self, facts: Facts = facts_of()) -> None:
        self.state, self.done = begin(facts, 0.0)
        self.timer = 0.0
        self._counters: Dict[str, int] = {}

    def at(self, now: float, *inputs: Input) -> List[Output]:
        """One step at that time, as the shell would have it; its outputs."""
        ticks = [Tick()] if now >= self.timer else []
        self.state, outputs = step(self.state, now, [*inputs, *ticks])
        self.timer = ([self.timer] + [one.at for one in kinds(outputs, SetTimer)])[-1]
        self.done = [*self.done, *outputs]
        return outputs

    def live(self, start: float, end: float, *peers: str, servers: Tuple[Server, ...] = ()) -> List[Output]:
        """Time goes by, half a second a step: these blank peers are there, and scans find these servers."""
        before, now = len(self.done), start
        last: List[Output] = []
        while now <= end:
            hellos = [self.hello(name) for name in peers] if (now - start) % 5 == 0 else []
            scanned = [Scanned(servers)] if kinds(last, Scan) or self.state.scanning else []
            last = self.at(now, *hellos, *scanned)
            now += 0.5
        return self.done[before:]

    def says(self, name: str, body: Body, uuid: str = '') -> Received:
        """A message of a peer, whose STATE is u-2 for n2 and so on."""
        uuid = uuid or name.replace('n', 'u-')
        self._counters[uuid] = self._counters.get(uuid, 0) + 1
        return Received(message_of(name, uuid, self._counters[uuid], body), f'10.0.0.{name[1:]}')

    def hello(self, name: str, uuid: str = '', **changes: Any) -> Received:
        """The hello of a blank peer that hears us."""
        hears = ((self.state.uuid, self.state.incarnation),)
        return self.says(name, Hello(1, 'blank', 1, False, False, None, None, hears)._replace(**changes), uuid)

    def member_hello(self, name: str, uuid: str = '') -> Received:
        """The hello of a peer that holds data of the cluster CA."""
        return self.hello(name, uuid, standing='member', votes_from=2, founded=(1, CA))


def founded(**changes: Any) -> Facts:
    """n1 as the founder that was started again."""
    return facts_of(wal=True, member=Member(1, 'founder', CA), **changes)


def status_of(*unreached: str, count: int = 3, learner: str = '') -> K3sStatus:
    """What n1's own k3s says: n1, n2, … are members, and these are out of reach."""
    names = [f'n{number}' for number in range(1, count + 1)]
    members = tuple(
        EtcdMember(name, name not in unreached, name == learner, f'10.0.0.{name[1:]}') for name in names)
    return K3sStatus(True, CA, members)
