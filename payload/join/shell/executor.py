"""Carries out what the core wants done, each thing finished before the next."""
import threading
from functools import partial
from typing import Any, Callable, Dict, List, Tuple

from join import outputs as out
from join.inputs import DbSetAside, Input, K3sExited, PersistFailed
from join.keyring import Keyring
from join.messages import Hello, Using
from join.model import State
from join.shell import genesis, removal, server_search
from join.shell.addresses import Addresses
from join.shell.root import Root, Unanswered
from join.shell.seed import Seed, boot_environment
from join.shell.sockets import Sockets
from join.shell.watch import Watch
from join.timing import START_WITHIN
from join.wire import encode

MOST_NOTES = 20


def in_background(work: Callable[[], object]) -> None:
    """Runs something that takes long."""
    threading.Thread(target=work, daemon=True).start()


class Executor:
    """What it leaves for the agent: when to wake it, what was said last, and notes for status.json."""

    def __init__(
        self,
        seed: Seed,
        root: Root,
        sockets: Sockets,
        addresses: Addresses,
        watch: Watch,
        tell: Callable[[Input], None],
    ) -> None:
        self.seed, self.root = seed, root
        self.sockets, self.addresses, self.watch, self.tell = sockets, addresses, watch, tell
        self.now = self.timer = 0.0
        self.said = ''
        self.notes: List[str] = []

    def carry_out(self, wanted: List[Any], state: State, now: float) -> None:
        """Carries out what the core wanted at that time; nothing after a Persist that failed. Raises
        root.Unanswered."""
        self.now = now
        for one in wanted:
            try:
                DOERS[type(one)](self, one, state)
            except OSError as fault:
                if isinstance(fault, Unanswered) and isinstance(one, (out.StartK3s, out.StopK3s, out.TakeStaged)):
                    # A k3s of which nobody knows whether it runs: the agent's next start looks.
                    raise
                what = f'{type(one).__name__}: {fault}'
                self.note(what)
                if isinstance(one, (out.PersistVotes, out.PersistMember)):
                    self.tell(PersistFailed(what))
                    return
                if isinstance(one, (out.StartK3s, out.TakeStaged)):
                    self._say_ended('other')

    def note(self, text: str) -> None:
        """For status.json and the journal, not the console."""
        print(text, flush=True)
        self.keep(text)

    def keep(self, text: str) -> None:
        """For status.json alone."""
        self.notes = [*self.notes, text][-MOST_NOTES:]

    def persist_votes(self, one: out.PersistVotes, state: State) -> None:
        self.root.keep_votes(one.votes)

    def persist_member(self, one: out.PersistMember, state: State) -> None:
        self.root.keep_member(one.member)

    def send(self, one: out.Send, state: State) -> None:
        peers = [peer.address for peer in state.peers.values()]
        for data in self._datagrams(one):
            if one.address is not None:
                self.sockets.send(data, one.address)
            else:
                self.sockets.broadcast(data, [*self.addresses.expected(), *peers])

    def _datagrams(self, one: out.Send) -> List[bytes]:
        """One for each key that it goes under: see Keyring."""
        keys = self.seed.keys
        if one.agent:
            under: Tuple[Keyring, ...] = (keys.under(one.agent),)
        else:
            under = keys.spoken if isinstance(one.message.body, (Hello, Using)) else (keys,)
        found = []
        for ring in under:
            agent = one.agent or ring.agent
            key = ring.find(agent)
            assert key is not None
            found.append(encode(one.message, key, agent))
        return found

    def scan(self, one: out.Scan, state: State) -> None:
        seed = self.seed
        in_background(lambda: self.tell(server_search.find_servers(one, self.addresses, seed.credentials, seed.ignore)))

    def start_k3s(self, one: out.StartK3s, state: State) -> None:
        self.root.configure(one.how == 'init', one.server, one.ca_hash, one.with_agents)
        self.note(f'starting k3s: {one.how} {one.server or ""}')
        # By the core's clock: earlier outputs may have taken a while.
        self.watch.start(self.now + START_WITHIN)

    def keep_server(self, one: out.KeepServer, state: State) -> None:
        self.root.configure(False, one.server, one.ca_hash, True)

    def stop_k3s(self, one: out.StopK3s, state: State) -> None:
        self.watch.stop()
        self._say_ended('stopped')

    def _say_ended(self, reason: str) -> None:
        found = self.root.look()
        self.tell(K3sExited(reason, found.wal, found.is_buried))

    def take_staged(self, one: out.TakeStaged, state: State) -> None:
        self.root.keep_previous(one.set)
        self.watch.stop()
        self.root.take_staged(one.set)
        self.note(f'k3s was stopped to use the new secrets (set {one.set})')

    def set_db_aside(self, one: out.SetDbAside, state: State) -> None:
        self.root.set_db_aside()
        self.tell(DbSetAside())

    def remove_member(self, one: out.RemoveMember, state: State) -> None:
        in_background(lambda: self.note(self._remove(one.name)))

    def _remove(self, name: str) -> str:
        try:
            return removal.remove_member(name, self.seed.password, self.root)
        except OSError as fault:
            return f'{name} could not be removed: {fault}'

    def say(self, one: out.Say, state: State) -> None:
        self.said = one.text
        if one.text:
            words = self.watch.last_words
            text = f'{one.text}; k3s exited with: {words}' if words else one.text
            self.root.say(text)
            in_background(lambda: genesis.check_in('cluster', text))

    def answer(self, one: out.Answer, state: State) -> None:
        self.root.say(one.text)
        self.keep(one.text)

    def check_in(self, one: out.CheckIn, state: State) -> None:
        if one.stage == 'founded' and state.member is not None:
            base, key = boot_environment().get('HOMEPBP_BASE', ''), self.seed.keys.own
            # The epoch of the decree, not of the seed: `abandon-founder` may have raised it.
            in_background(partial(genesis.say_founded, base, key, state.member))
        else:
            in_background(partial(genesis.check_in, one.stage, one.message))

    def set_timer(self, one: out.SetTimer, state: State) -> None:
        self.timer = one.at


DOERS: Dict[type, Callable[[Executor, Any, State], None]] = {
    out.PersistVotes: Executor.persist_votes,
    out.PersistMember: Executor.persist_member,
    out.Send: Executor.send,
    out.Scan: Executor.scan,
    out.StartK3s: Executor.start_k3s,
    out.KeepServer: Executor.keep_server,
    out.StopK3s: Executor.stop_k3s,
    out.TakeStaged: Executor.take_staged,
    out.SetDbAside: Executor.set_db_aside,
    out.RemoveMember: Executor.remove_member,
    out.Say: Executor.say,
    out.Answer: Executor.answer,
    out.CheckIn: Executor.check_in,
    out.SetTimer: Executor.set_timer,
}
