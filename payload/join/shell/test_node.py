"""For tests: a node's files in a folder, and the agent's way to root without a socket."""
import json
import os
import tempfile
import unittest
from typing import Any, List, Tuple
from unittest import mock

from join.root import vocabulary
from join.shell import durable, k3s, last_words, notices, paths, units
from join.shell.root import Root
from join.shell.test_seed import NODE

PATHS = {
    paths: ('NODE', 'SECRETS', 'STAGED', 'PREVIOUS', 'ENROLMENT', 'DISK', 'STATE_ID', 'VOTES', 'MEMBER',
            'NODE_IP', 'STATUS', 'CONSOLES'),
    k3s: ('PROGRAM', 'CONFIG', 'DB', 'WAL', 'NAME', 'TOMBSTONE', 'CA', 'AGENT_CA', 'PERMIT'),
}


class Node(unittest.TestCase):
    """A server, the words that systemctl was given, and what it answers to them."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for module, names in PATHS.items():
            for name in names:
                self.patch(module, name, os.path.join(self.folder, name.lower()))
        durable.write_json(paths.NODE, NODE)
        durable.write_json(paths.SECRETS, {'version': 1, 'token': 'secret', 'peer_key': 'k' * 64})
        durable.write_json(paths.NODE_IP, {'version': 1, 'node_ip': '10.0.0.1'})
        self.words: List[Tuple[str, ...]] = []
        self.state = 'active'
        self.patch(units, '_systemctl', self.systemctl)
        self.heard: List[str] = []
        self.patch(last_words, 'of', self.listen)
        self.shown: List[str] = []
        self.patch(notices, 'to_consoles', self.shown.append)
        self.gone = False
        self.root = Root(lambda line, seconds: vocabulary.answer(line, lambda: self.gone))

    def patch(self, module: object, name: str, value: object) -> None:
        patch = mock.patch.object(module, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def systemctl(self, *words: str, seconds: float = 0.0) -> str:
        self.words.append(words)
        return self.state + '\n'

    def listen(self, unit: str, *secrets: str) -> str:
        self.heard.append(unit)
        self.hidden = secrets
        return f'the {len(self.heard)}. words'

    def bury(self, at: int) -> None:
        """Leaves a tombstone, written at that second."""
        with open(k3s.TOMBSTONE, 'w', encoding='utf8'):
            pass
        os.utime(k3s.TOMBSTONE, (at, at))

    def read(self, path: str) -> str:
        with open(path, encoding='utf8') as file:
            return file.read()

    def write(self, path: str, value: Any) -> None:
        with open(path, 'w', encoding='utf8') as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
