"""Carries out what the core wants done, each thing finished before the next."""
import os
import threading
import time
from functools import partial
from typing import Any, Callable, Dict, List, Optional

from join import outputs as out
from join.inputs import DbSetAside, Input, K3sExited, PersistFailed
from join.model import State
from join.shell import durable, genesis, k3s, notices, own_server, paths, removal, server_search
from join.shell.addresses import Addresses
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
        node_ip: str,
        sockets: Sockets,
        addresses: Addresses,
        watch: Watch,
        tell: Callable[[Input], None],
    ) -> None:
        self.seed, self.node_ip = seed, node_ip
        self.sockets, self.addresses, self.watch, self.tell = sockets, addresses, watch, tell
        self.now = self.timer = 0.0
        self.said = ''
        self.notes: List[str] = []

    def carry_out(self, wanted: List[Any], state: State, now: float) -> None:
        """Carries out what the core wanted at that time; nothing after a Persist that failed."""
        self.now = now
        for one in wanted:
            try:
                DOERS[type(one)](self, one, state)
            except OSError as fault:
                what = f'{type(one).__name__}: {fault}'
                self.note(what)
                if isinstance(one, (out.PersistVotes, out.PersistMember)):
                    self.tell(PersistFailed(what))
                    return
                if isinstance(one, out.StartK3s):
                    self.tell(K3sExited('other', own_server.has_wal(), own_server.has_tombstone()))

    def note(self, text: str) -> None:
        """For status.json and the journal, not the console."""
        print(text, flush=True)
        self.keep(text)

    def keep(self, text: str) -> None:
        """For status.json alone."""
        self.notes = [*self.notes, text][-MOST_NOTES:]

    def persist_votes(self, one: out.PersistVotes, state: State) -> None:
        durable.write_json(paths.VOTES, durable.votes_to_json(one.votes))

    def persist_member(self, one: out.PersistMember, state: State) -> None:
        if one.member.mode in ('founder', 'joined'):
            # k3s writes its name and its keys without fsync: nobody may hear of a member that a power
            # cut could still take back.
            os.sync()
        durable.write_json(paths.MEMBER, durable.member_to_json(one.member))

    def send(self, one: out.Send, state: State) -> None:
        keys = self.seed.keys
        agent = one.agent or keys.agent
        key = keys.find(agent)
        assert key is not None
        data = encode(one.message, key, agent)
        if one.address is not None:
            self.sockets.send(data, one.address)
            return
        peers = (peer.address for peer in state.peers.values())
        self.sockets.broadcast(data, [*self.addresses.expected(), *peers])

    def scan(self, one: out.Scan, state: State) -> None:
        seed = self.seed
        in_background(lambda: self.tell(server_search.find_servers(one, self.addresses, seed.credentials, seed.ignore)))

    def start_k3s(self, one: out.StartK3s, state: State) -> None:
        self._write_config(one.how, one.server, one.ca_hash, one.with_agents)
        own_server.drop_empty_name()
        self.note(f'starting k3s: {one.how} {one.server or ""}')
        # By the core's clock: earlier outputs may have taken a while.
        self.watch.start(self.now + START_WITHIN)

    def keep_server(self, one: out.KeepServer, state: State) -> None:
        self._write_config('member', one.server, one.ca_hash)

    def _write_config(
        self, how: str, server: Optional[str], ca_hash: Optional[str], with_agents: bool = True,
    ) -> None:
        """k3s' configuration, complete and on the disk before k3s starts."""
        config = self.seed.config
        start = k3s.Start(
            config.role, config.name, self.node_ip, self.seed.password,
            self.seed.agent_token if with_agents else None, how == 'init', server, ca_hash)
        os.makedirs(os.path.dirname(k3s.CONFIG) + '/config.yaml.d', exist_ok=True)
        durable.write(k3s.CONFIG, k3s.config(start, self.seed.shared), 0o600)

    def stop_k3s(self, one: out.StopK3s, state: State) -> None:
        self.watch.stop()
        self.tell(K3sExited('stopped', own_server.has_wal(), own_server.has_tombstone()))

    def set_db_aside(self, one: out.SetDbAside, state: State) -> None:
        os.rename(k3s.DB, f'{k3s.DB}-set-aside-{time.time_ns()}')
        self.tell(DbSetAside())

    def remove_member(self, one: out.RemoveMember, state: State) -> None:
        in_background(lambda: self.note(removal.remove_member(one.name, self.seed.password)))

    def say(self, one: out.Say, state: State) -> None:
        self.said = one.text
        if one.text:
            words = self.watch.last_words
            text = f'{one.text}; k3s exited with: {words}' if words else one.text
            notices.say(text)
            in_background(lambda: genesis.check_in('cluster', text))

    def answer(self, one: out.Answer, state: State) -> None:
        notices.say(one.text)
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
    out.SetDbAside: Executor.set_db_aside,
    out.RemoveMember: Executor.remove_member,
    out.Say: Executor.say,
    out.Answer: Executor.answer,
    out.CheckIn: Executor.check_in,
    out.SetTimer: Executor.set_timer,
}
