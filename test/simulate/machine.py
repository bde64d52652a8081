"""One machine: its power, its disk, and the agent that runs the real core."""
from typing import TYPE_CHECKING, Callable, List, Optional, Sequence, Tuple

from join.inbox import Inbox
from join.inputs import AbandonFounder, DbSetAside, Input, PersistFailed, Received, Scanned, Tick
from join.keyring import Keyring, may_say
from join.knowledge import epoch_of
from join.messages import Hello, Message
from join.model import Facts, State
from join.outputs import (
    CheckIn, KeepServer, Output, PersistMember, PersistVotes, RemoveMember, Say, Scan, Send, SetDbAside,
    SetTimer, StartK3s, StopK3s,
)
from join.step import begin, step
from join.wire import Dropped, Spoken
from simulate import genesis
from simulate.inventory import address_of
from simulate.kubernetes import Disk, K3s

if TYPE_CHECKING:
    from simulate.world import World

SCAN_TIME = 3.0
"""A /22, 256 at a time, one second each, mostly."""


class Machine:
    __slots__ = (
        'world', 'number', 'name', 'address', 'disk', 'spare', 'on', 'life', 'state', 'inbox', 'skew',
        'crash_in', 'timer', 'k3s', 'said', 'jumped', 'told', 'agent', 'keys',
    )

    def __init__(self, world: 'World', number: int) -> None:
        self.world = world
        self.number = number
        self.name = 'n%d' % number
        self.address = address_of(self.name)
        self.disk = world.new_disk()
        self.spare: Optional[Disk] = None
        """A disk that was taken out and may come back."""
        self.on = False
        self.life = 0
        """Grows with every start and end of the agent: what was meant for an older one is void."""
        self.state: Optional[State] = None
        self.inbox: Optional[Inbox] = None
        self.skew = 0.0
        self.crash_in = -1
        """Effects until the power fails; -1: never."""
        self.timer = 0.0
        self.k3s = K3s(self)
        self.said = ''
        self.jumped = False
        self.told = 0
        """The newest epoch of which a cluster was told in this life."""
        self.agent = ''
        """Its name where it has a key of its own, as agents do."""
        self.keys = Keyring(b'')

    # Power and process.

    def power_on(self) -> None:
        """Boots: from the network with the newest inventory, or from the disk with what it has."""
        self.boot(self.disk.seed is None or self.world.random.random() < 0.85)

    def boot(self, from_network: bool) -> None:
        world = self.world
        if self.on:
            return
        self.on = True
        if from_network:
            current = world.operator.current
            if self.name not in current.servers and self.name not in current.agents:
                self.on = False
                return
            self.disk.seed = world.operator.publish()
        self.start_agent()

    def start_agent(self) -> None:
        disk = self.disk
        assert disk.seed is not None
        world = self.world
        self.life += 1
        self.told = 0
        incarnation = '%016x' % world.random.getrandbits(64)
        self.inbox = Inbox(disk.uuid, incarnation)
        self.agent = self.name if self.name in disk.seed.agents and not world.old_agents else ''
        self.keys = Keyring(world.key_of(self.agent), self.agent)
        facts = Facts(
            disk.seed.config(self.name), disk.uuid, incarnation, 0,
            disk.cluster is not None, disk.tombstone, disk.votes, disk.member, None, self.k3s.runs)
        world.trace('%s starts, STATE %s, inventory %d', self.name, disk.uuid, disk.seed.number)
        self.state, outputs = begin(facts, self.clock(), world.random)
        if disk.seed.founded:
            world.judge.latched(self, disk.seed.epoch)
        if world.impatience:
            self.state.patience -= world.impatience * world.random.random()
        self.timer = float('inf')
        life = self.life
        self.perform(outputs)
        if self.life != life:
            return
        if world.shim and self.name not in disk.seed.agents and world.random.random() < 0.8:
            world.later(0.1, self.hear_latch, life, world.shim_latch)
        if self.k3s.answering >= 0:
            world.later(1.0, self.k3s.report, self.k3s.life, None)

    def stop_agent(self) -> None:
        self.life += 1
        self.state = None
        self.inbox = None

    def power_off(self) -> None:
        if not self.on:
            return
        self.world.trace('%s loses power', self.name)
        self.on = False
        self.crash_in = -1
        self.stop_agent()
        self.k3s.end()

    def clock(self) -> float:
        return self.world.now + self.skew

    # The core.

    def feed(self, life: int, inputs: Sequence[Input]) -> None:
        if life != self.life or self.state is None:
            return
        world = self.world
        if world.tracing:
            for item in inputs:
                if not isinstance(item, Tick):
                    world.trace('%s <- %s', self.name, item)
        self.state, outputs = step(self.state, self.clock(), inputs)
        self.perform(outputs)

    def perform(self, outputs: List[Output]) -> None:
        """Carries out the effects in order; the power may go before any of them."""
        life = self.life
        for output in outputs:
            if self.crash_in >= 0 and type(output) is not SetTimer:
                self.crash_in -= 1
                if self.crash_in < 0:
                    self.power_off()
                    return
            if self.world.hot and self.is_struck(output):
                return
            if self.disk.full and type(output) in PERSISTS:
                self.world.later(0.01, self.feed, life, (PersistFailed('votes.json: no space left'),))
                return
            if type(output) is Send:
                self.world.send(self, output.message, output.address, output.agent or self.agent)
            elif type(output) is SetTimer:
                self.set_timer(output.at)
            else:
                self.effect(output)
            if self.life != life:
                return

    def is_struck(self, output: Output) -> bool:
        """In some histories the power goes where it hurts: just before or after a vote or a start."""
        if type(output) not in WEIGHTY:
            if type(output) is not Send or type(output.message.body) is Hello:
                return False
        world = self.world
        if world.random.random() >= world.hot:
            return False
        self.power_off()
        world.later(8.0 * world.random.random() ** 2, call, self.power_on, None)
        return True

    def effect(self, output: Output) -> None:
        world = self.world
        if world.tracing:
            world.trace('%s -> %s', self.name, output)
        if isinstance(output, PersistVotes):
            self.disk.votes = output.votes
            world.judge.persisted_votes(self, output.votes)
        elif isinstance(output, PersistMember):
            self.disk.member = output.member
            world.judge.persisted_member(self, output.member)
        elif isinstance(output, Scan):
            world.later(SCAN_TIME * (0.4 + world.random.random()), self.finish_scan, self.life, output)
        elif isinstance(output, StartK3s):
            self.k3s.start(output)
        elif isinstance(output, StopK3s):
            world.judge.stopped(self)
            self.k3s.fail('stopped')
        elif isinstance(output, KeepServer):
            self.disk.server = output.server
        elif isinstance(output, SetDbAside):
            self.disk.cluster, self.disk.tombstone = None, False
            world.later(0.1, self.feed, self.life, (DbSetAside(),))
        elif isinstance(output, RemoveMember):
            world.remove_member(self, output.name)
        elif isinstance(output, CheckIn):
            world.check_in(self, output.stage)
        elif isinstance(output, Say):
            self.said = output.text

    def set_timer(self, at: float) -> None:
        """One event is in the queue for each time that was asked for; later ones fire for nothing."""
        if at == float('inf'):
            return
        due = max(self.world.now + 0.001, at - self.skew)
        if self.world.now < self.timer <= due:
            return
        self.timer = due
        self.world.at(due, self.tick, self.life, due)

    def tick(self, life: int, due: float) -> None:
        if life != self.life or self.state is None:
            return
        if self.timer == due:
            self.timer = -1.0
        self.feed(life, TICKS)

    def receive(self, message: Message, address: str, under: str = '') -> None:
        """A datagram, decoded; the inbox judges it as it does in the shell. `under`: the agent whose key it is."""
        if self.state is None or self.inbox is None or (self.agent and under != self.agent):
            return
        if self.world.censor is not None and self.world.censor(message, self):
            return
        agent = '' if self.agent else under
        try:
            if not may_say(self.agent, under, message):
                raise Dropped('not-its-place')
            self.inbox.check(Spoken(message, agent))
        except Dropped:
            return
        life = self.life
        if self.world.tracing:
            self.world.trace('%s <- %s', self.name, message)
        received = Received(message, address, agent)
        self.state, outputs = step(self.state, self.world.now + self.skew, (received,))
        if outputs:
            self.perform(outputs)
            if self.life == life and not agent:
                self.world.judge.heard(self, message)

    def hear_latch(self, life: int, epoch: int) -> None:
        """Genesis answers: the newest epoch that was founded, 0 for none."""
        if genesis.hear(self, life, epoch, self.keys.own) and life == self.life:
            self.world.judge.latched(self, epoch)

    def hear_forged_latch(self, life: int, epoch: int) -> None:
        """Somebody without the key answers in Genesis' place."""
        if genesis.hear(self, life, epoch, b'guessed'):
            self.world.judge.violation('%s believes a latch without proof', self.name)

    # Port 6443.

    def finish_scan(self, life: int, wish: Scan) -> None:
        if life != self.life or self.state is None:
            return
        self.feed(life, (Scanned(self.world.scan(self, wish)),))

    def abandon(self) -> None:
        """Somebody types `homepbp abandon-founder`, if the node says that it may help."""
        if self.state is not None and 'abandon-founder' in self.said:
            self.feed(self.life, (AbandonFounder(),))

    def is_settled(self) -> bool:
        """Member of a cluster, as far as it knows itself."""
        return self.state is not None and self.state.k3s == 'up'

    def reason(self) -> str:
        return '' if self.state is None else self.state.reason

    def epoch(self) -> int:
        return 0 if self.state is None else epoch_of(self.state)


TICKS: Tuple[Input, ...] = (Tick(),)
PERSISTS = frozenset((PersistVotes, PersistMember))
WEIGHTY = PERSISTS | {StartK3s}


def call(what: Callable[[], None], _: None) -> None:
    """As an event."""
    what()
