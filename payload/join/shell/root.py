"""The agent's way to what needs root: requests to homepbp-join-root.service (join/root), each on a connection
of its own.

Every failure is `Failed`. It is an OSError, as of a disk that fails, but never a FileNotFoundError: that there
is no file is an answer, and no answer must not look like it.
"""
import json
import socket
from typing import Any, Callable, Dict, NamedTuple, Optional

from join.model import Member, Votes
from join.shell import durable, paths
from join.shell.node_ip import Found

SECONDS = 30.0
LONG_SECONDS = 150.0
"""For what waits for systemd, for kubectl or for answers from the network."""
MOST_BYTES = 1 << 20

Ask = Callable[[bytes, Optional[float]], bytes]
"""Request and seconds (None: as long as it takes) to the answer. Raises OSError."""


class Failed(OSError):
    """Not done; the text says why."""


class Unanswered(Failed):
    """Nobody knows whether it was done."""


class Look(NamedTuple):
    """What k3s' own files say."""

    wal: bool
    tombstone: Optional[int]
    """When it was written; None where there is none."""
    ca: Optional[str]
    """The certificates of the CA."""

    @property
    def is_buried(self) -> bool:
        """Whether etcd has removed this member."""
        return self.tombstone is not None


def over_socket(line: bytes, seconds: Optional[float]) -> bytes:
    """Raises OSError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(seconds)
        wire.connect(paths.ROOT)
        wire.sendall(line)
        answer = b''
        while len(answer) <= MOST_BYTES:
            piece = wire.recv(65536)
            if not piece:
                return answer
            answer += piece
    raise OSError('too long an answer')


class Root:
    """Every method raises Failed, except for what is only told to people."""

    def __init__(self, ask: Ask = over_socket) -> None:
        self._ask = ask

    def _do(self, verb: str, seconds: Optional[float] = SECONDS, **fields: Any) -> Any:
        try:
            found = json.loads(self._ask(json.dumps({'do': verb, **fields}).encode() + b'\n', seconds))
        except (OSError, ValueError) as fault:
            raise Unanswered(f'{verb}: homepbp-join-root.service gave no answer: {fault}') from fault
        if 'error' in found:
            raise Failed(f'{verb}: {found["error"]}')
        return found['answer']

    def read(self, path: str) -> Optional[str]:
        """A file of the seed or of STATE (a durable.Read)."""
        text = self._do('read', path=path)
        return None if text is None else str(text)

    def keep_votes(self, votes: Votes) -> None:
        """On the disk when this returns, however long that takes."""
        self._do('keep-votes', None, votes=durable.votes_to_json(votes))

    def keep_member(self, member: Member) -> None:
        """As `keep_votes`; with what k3s has written before, where membership depends on it."""
        self._do('keep-member', None, member=durable.member_to_json(member))

    def settle_address(self) -> Found:
        """See node_ip.settle."""
        return Found(**self._do('settle-address', LONG_SECONDS))

    def clock_is_right(self) -> bool:
        """See clock.is_right."""
        return bool(self._do('clock-is-right'))

    def look(self) -> Look:
        return Look(**self._do('look'))

    def state(self) -> str:
        """See units.state."""
        return str(self._do('state'))

    def runs(self) -> bool:
        """Whether k3s is up or on its way."""
        return self.state() in ('active', 'activating', 'reloading')

    def last_words(self) -> str:
        """See last_words.of."""
        return str(self._do('last-words'))

    def configure(self, init: bool, server: Optional[str], ca_hash: Optional[str], with_agents: bool) -> None:
        """Writes k3s' configuration, as `keep_votes`. `with_agents`: see outputs.StartK3s."""
        self._do('configure', None, init=init, server=server, ca_hash=ca_hash, with_agents=with_agents)

    def start(self, until: float) -> None:
        """See units.start."""
        self._do('start', LONG_SECONDS, until=until)

    def stop(self) -> None:
        """See units.stop."""
        self._do('stop', LONG_SECONDS)

    def withdraw_permit(self) -> None:
        """See units.withdraw_permit."""
        self._do('withdraw-permit')

    def keep_previous(self, staged: str) -> None:
        """The first half of taking a staged set, which changes nothing that is used."""
        self._do('keep-previous', None, staged=staged)

    def take_staged(self, staged: str) -> None:
        """The second: from now on these are the node's secrets. k3s is stopped."""
        self._do('take-staged', None, staged=staged)

    def set_db_aside(self) -> None:
        """Renames k3s' database."""
        self._do('set-db-aside')

    def remove_node(self, name: str, member: str, address: Optional[str]) -> str:
        """Deletes a Node, and thereby its member of etcd. @returns what went wrong"""
        return str(self._do('remove-node', LONG_SECONDS, name=name, member=member, address=address))

    def say(self, text: str) -> None:
        """One sentence in the journal, and on every console."""
        print(f'homepbp: {text}', flush=True)
        self._tell('say', text=text)

    def write_status(self, status: Dict[str, Any]) -> bool:
        """status.json; whether it was written."""
        return self._tell('write-status', status=status)

    def _tell(self, verb: str, **fields: Any) -> bool:
        try:
            self._do(verb, **fields)
        except Failed as fault:
            print(fault, flush=True)
            return False
        return True
