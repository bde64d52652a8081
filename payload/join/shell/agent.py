"""The agent: feeds the core with what happens on this node, and has executor.py carry out what it wants."""
import os
import queue
import selectors
import socket
import time
import traceback
from typing import Callable, List, Optional

from join.inbox import Inbox
from join.inputs import Input, K3sStatus, Tick
from join.model import State
from join.shell import control, enrolment, facts, genesis, notices, own_server, report
from join.shell.addresses import EVERY, Addresses
from join.shell.executor import Executor, in_background
from join.shell.reception import Receiver, Reception
from join.shell.root import Root
from join.shell.seed import Seed, boot_environment
from join.shell.sockets import Sockets
from join.shell.watch import Watch
from join.step import begin, step

LATCH_EVERY = 15.0
MOST_SECONDS = 5.0
"""Between two rounds of the loop, for the watchdog and the status."""


def clock() -> float:
    """Seconds since power-on, which nobody can set; `now` of the core."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def for_ever(work: Callable[[], None]) -> None:
    """Runs it in a thread. If that dies of an error or comes to its end, so does the agent, which its unit restarts:
    without its thread it would wait forever for input that never comes."""
    def run() -> None:
        try:
            work()
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    in_background(run)


class Agent:
    """One boot of one node. All fields belong to the thread of `run`, but for the inputs' queue, and for the reception,
    of which the others read the counters alone."""

    def __init__(self, seed: Seed, node_ip: str, root: Root) -> None:
        self.seed, self.node_ip, self.root = seed, node_ip, root
        self.inputs: 'queue.Queue[Input]' = queue.Queue(1000)
        self.wake, self.woken = socket.socketpair()
        self.sockets = Sockets()
        self.control = control.listen()
        self.addresses = Addresses(seed.config)
        self.watch = Watch(root, self.tell, self.k3s_status)
        self.executor = Executor(seed, root, self.sockets, self.addresses, self.watch, self.tell)
        self.facts = facts.gather(seed, self.watch.adopt(), root)
        self.reception = Reception(seed.keys, Inbox(self.facts.uuid, self.facts.incarnation))
        self.unproved = 0
        """Answers on the founding, as if from Genesis, that did not prove that it knows our peer key."""
        self.state: Optional[State] = None

    def k3s_status(self, ca: Optional[str]) -> K3sStatus:
        """`ca`: the certificates of k3s' own CA."""
        if self.seed.config.role == 'agent':
            return own_server.agent_status(ca)
        return own_server.status(ca, self.seed.password, self.seed.config.name)

    def tell(self, news: Input) -> None:
        """Gives the core an input, from any thread."""
        try:
            self.inputs.put_nowait(news)
            self.wake.send(b'.')
        except (queue.Full, OSError):
            pass

    def run(self) -> None:
        """Forever."""
        self.addresses.look()
        self._refresh_cards()
        receiver = Receiver(self.sockets, self.reception, self.tell)
        for thread in (receiver.run, self.watch.run, self._watch_addresses, enrolment.until_renewed):
            for_ever(thread)
        if self.seed.config.role == 'server':
            for_ever(self._watch_latch)
        now = clock()
        self.state, wanted = begin(self.facts, now)
        self.executor.carry_out(wanted, self.state, now)
        with selectors.DefaultSelector() as selector:
            for one in (self.control, self.woken):
                one.setblocking(False)
                selector.register(one, selectors.EVENT_READ)
            while True:
                selector.select(self._patience())
                news, now = self._news(), clock()
                self.state, wanted = step(self.state, now, news)
                self.executor.carry_out(wanted, self.state, now)
                report.write(self)
                notices.notify('WATCHDOG=1')

    def _patience(self) -> float:
        return max(0.0, min(MOST_SECONDS, self.executor.timer - clock()))

    def _news(self) -> List[Input]:
        """Everything that has happened since the last time."""
        self._refresh_cards()
        news: List[Input] = [*control.read_orders(self.control)]
        try:
            self.woken.recv(4096)
        except BlockingIOError:
            pass
        while not self.inputs.empty():
            news.append(self.inputs.get_nowait())
        return news + ([Tick()] if clock() >= self.executor.timer else [])

    def _refresh_cards(self) -> None:
        self.sockets.cards, self.sockets.six_cards = self.addresses.cards, self.addresses.six_cards

    def _watch_addresses(self) -> None:
        while True:
            time.sleep(EVERY)
            try:
                self.addresses.look()
            except OSError as fault:
                print(f'cannot read the network cards: {fault}', flush=True)

    def _watch_latch(self) -> None:
        base, key = boot_environment().get('HOMEPBP_BASE', ''), self.seed.keys.own
        founders = genesis.FoundersWord(key)
        while True:
            word = genesis.ask(base, key)
            if word is not None and word.latch is None:
                self.unproved += 1
            elif word is not None and word.latch is not None:
                self.tell(word.latch)
            if word is not None:
                founders.tell(self.state.member if self.state is not None else None, word, clock())
            time.sleep(LATCH_EVERY)
