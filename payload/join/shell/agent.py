"""The agent: feeds the core with what happens on this node, and carries out what it wants done."""
import os
import queue
import selectors
import socket
import threading
import time
from typing import Any, Callable, Dict, List, Optional

from join import outputs as out
from join.inputs import DbSetAside, Input, K3sStatus, PersistFailed, Received, Tick
from join.model import State
from join.shell import (
    control, durable, facts, genesis, k3s, notices, own_server, paths, report, search,
)
from join.shell.around import EVERY, Around
from join.shell.seed import Seed, boot_environment
from join.shell.sockets import Sockets
from join.shell.watch import Watch
from join.step import begin, step
from join.wire import Inbox, encode

LATCH_EVERY = 15.0
MOST_SECONDS = 5.0
"""Between two rounds of the loop, for the watchdog and the status."""


def clock() -> float:
    """Seconds since power-on, which nobody can set; `now` of the core."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Patience:
    """Runs out once for each time that something lasts too long."""

    def __init__(self, seconds: float = 30.0) -> None:
        self._seconds = seconds
        self._since: Optional[float] = None
        self._told = False

    def is_over(self, lasts: bool, now: float) -> bool:
        """Whether it has now lasted for that long; true once."""
        if not lasts:
            self._since, self._told = None, False
            return False
        if self._since is None:
            self._since = now
        if self._told or now - self._since < self._seconds:
            return False
        self._told = True
        return True


class Agent:
    """One boot of one node. All fields belong to the thread of `run`, but for the inputs' queue."""

    def __init__(self, seed: Seed, node_ip: str) -> None:
        self.seed, self.node_ip = seed, node_ip
        self.inputs: 'queue.Queue[Input]' = queue.Queue(1000)
        self.wake, self.woken = socket.socketpair()
        self.sockets = Sockets()
        self.control = control.listen()
        self.around = Around(seed.config)
        self.watch = Watch(seed.config.role, self.tell, self.k3s_status)
        found = facts.gather(seed, self.watch.adopt())
        self.inbox = Inbox(found.uuid, found.incarnation)
        self.facts = found
        self.state: Optional[State] = None
        self.timer = 0.0
        self.said = ''
        self.notes: List[str] = []
        self.starting = Patience()

    def k3s_status(self) -> K3sStatus:
        if self.seed.config.role == 'agent':
            return own_server.agent_status()
        return own_server.status(self.seed.password, self.seed.config.name)

    def tell(self, news: Input) -> None:
        """Gives the core an input, from any thread."""
        try:
            self.inputs.put_nowait(news)
            self.wake.send(b'.')
        except (queue.Full, OSError):
            pass

    def run(self) -> None:
        """For ever."""
        self.around.look()
        self._refresh_cards()
        self._background()
        now = clock()
        state, wanted = begin(self.facts, now)
        self.state = state
        self.carry_out(wanted)
        with selectors.DefaultSelector() as selector:
            for one in [*self.sockets.all(), self.control, self.woken]:
                one.setblocking(False)
                selector.register(one, selectors.EVENT_READ)
            notices.notify('READY=1')
            while True:
                selector.select(self._patience())
                state, wanted = step(state, clock(), self._news())
                self.state = state
                self.carry_out(wanted)
                self._say_starting(state)
                report.write(self)
                notices.notify('WATCHDOG=1')

    def _say_starting(self, state: State) -> None:
        """A k3s that starts for long is a member without its majority, as far as anybody can tell."""
        if self.starting.is_over(state.k3s == 'starting', clock()):
            known = [] if state.member is None else [name for name, _ in state.member.roster]
            self.said = (
                f'{self.seed.config.name}: k3s runs, but etcd does not answer yet: that takes a majority of its '
                f'members (known: {", ".join(known) or "none"}); if their disks are lost: homepbp rescue')
            self.say(out.Say(self.said))
        elif state.k3s == 'up' and not state.said:
            self.said = ''

    def _patience(self) -> float:
        wait = min(MOST_SECONDS, self.timer - clock())
        due = self.sockets.next_due()
        return max(0.0, wait if due is None else min(wait, due - time.monotonic()))

    def _news(self) -> List[Input]:
        """Everything that has happened since the last time."""
        self._refresh_cards()
        news: List[Input] = []
        for one in self.sockets.receive():
            message = self.inbox.receive(one.data, self.seed.peer_key)
            if message is not None:
                news.append(Received(message, one.address))
        news += control.read_orders(self.control)
        try:
            self.woken.recv(4096)
        except BlockingIOError:
            pass
        while not self.inputs.empty():
            news.append(self.inputs.get_nowait())
        return news + ([Tick()] if clock() >= self.timer else [])

    def _refresh_cards(self) -> None:
        self.sockets.cards, self.sockets.six_cards = self.around.cards, self.around.six_cards

    def carry_out(self, wanted: List[Any]) -> None:
        """Does these things, each finished before the next; what comes after a Persist that failed is
        not done."""
        for one in wanted:
            try:
                DOERS[type(one)](self, one)
            except OSError as fault:
                what = f'{type(one).__name__}: {fault}'
                self.note(what)
                if isinstance(one, (out.PersistVotes, out.PersistMember)):
                    self.tell(PersistFailed(what))
                    return

    def note(self, text: str) -> None:
        """For status.json and the journal, not the console."""
        print(text, flush=True)
        self.notes = [*self.notes, text][-20:]

    def persist_votes(self, one: out.PersistVotes) -> None:
        durable.write_json(paths.VOTES, durable.votes_to_json(one.votes))

    def persist_member(self, one: out.PersistMember) -> None:
        durable.write_json(paths.MEMBER, durable.member_to_json(one.member))

    def send(self, one: out.Send) -> None:
        data = encode(one.message, self.seed.peer_key)
        if one.address is not None:
            self.sockets.send(data, one.address)
            return
        peers = self.state.peers.values() if self.state is not None else ()
        self.sockets.broadcast(data, [*self.around.expected(), *(peer.address for peer in peers)])

    def scan(self, one: out.Scan) -> None:
        seed = self.seed
        self.in_background(lambda: self.tell(search.search(one, self.around, seed.password, seed.ignore)))

    def start_k3s(self, one: out.StartK3s) -> None:
        self.write_config(one.how, one.server, one.ca_hash)
        self.note(f'starting k3s: {one.how} {one.server or ""}')
        self.watch.start()

    def keep_server(self, one: out.KeepServer) -> None:
        self.write_config('member', one.server, one.ca_hash)

    def write_config(self, how: str, server: Optional[str], ca_hash: Optional[str]) -> None:
        """k3s' configuration, whole and on the disk before k3s starts."""
        config = self.seed.config
        start = k3s.Start(
            config.role, config.name, self.node_ip, self.seed.password, how == 'init', server, ca_hash)
        os.makedirs(os.path.dirname(k3s.CONFIG) + '/config.yaml.d', exist_ok=True)
        durable.write(k3s.CONFIG, k3s.config(start, self.seed.shared), 0o600)

    def stop_k3s(self, one: out.StopK3s) -> None:
        self.watch.stop()

    def set_db_aside(self, one: out.SetDbAside) -> None:
        os.rename(k3s.DB, f'{k3s.DB}-set-aside-{time.time_ns()}')
        self.tell(DbSetAside())

    def remove_member(self, one: out.RemoveMember) -> None:
        self.in_background(lambda: self.note(own_server.remove_member(one.name, self.seed.password)))

    def say(self, one: out.Say) -> None:
        self.said = one.text
        if one.text:
            notices.say(one.text)
            self.in_background(lambda: genesis.check_in('cluster', one.text))

    def check_in(self, one: out.CheckIn) -> None:
        # Of the decree, not of the seed: `abandon-founder` may have raised it.
        member = self.state.member if self.state is not None else None
        epoch = member.epoch if one.stage == 'founded' and member is not None else None
        self.in_background(lambda: genesis.check_in(one.stage, one.message, epoch))

    def set_timer(self, one: out.SetTimer) -> None:
        self.timer = one.at

    def in_background(self, work: Callable[[], object]) -> None:
        """Runs something that takes long."""
        threading.Thread(target=work, daemon=True).start()

    def _background(self) -> None:
        self.in_background(self.watch.run)
        self.in_background(self._look_around)
        self.in_background(self._watch_latch)

    def _look_around(self) -> None:
        while True:
            time.sleep(EVERY)
            self.around.look()

    def _watch_latch(self) -> None:
        base = boot_environment().get('HOMEPBP_BASE', '')
        word = genesis.FoundersWord()
        while True:
            latch = genesis.read_latch(base)
            if latch is not None:
                self.tell(latch)
                word.tell(self.state.member if self.state is not None else None, latch, clock())
            time.sleep(LATCH_EVERY)


DOERS: Dict[type, Callable[[Agent, Any], None]] = {
    out.PersistVotes: Agent.persist_votes,
    out.PersistMember: Agent.persist_member,
    out.Send: Agent.send,
    out.Scan: Agent.scan,
    out.StartK3s: Agent.start_k3s,
    out.KeepServer: Agent.keep_server,
    out.StopK3s: Agent.stop_k3s,
    out.SetDbAside: Agent.set_db_aside,
    out.RemoveMember: Agent.remove_member,
    out.Say: Agent.say,
    out.CheckIn: Agent.check_in,
    out.SetTimer: Agent.set_timer,
}
