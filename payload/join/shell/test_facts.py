import os
import re
import tempfile
import unittest
from unittest import mock

from join.keyring import Keyring
from join.shell import durable, facts, paths
from join.shell.seed import Seed
from join.test_scene import config_of


def seed_of(name: str, role: str) -> Seed:
    return Seed(config_of(name=name, role=role), 'secret', Keyring(b'k' * 32), (), None, {})


class Identity(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = mock.patch.object(paths, 'STATE_ID', os.path.join(folder.name, 'state.json'))
        patch.start()
        self.addCleanup(patch.stop)

    def test_it_is_that_of_the_disk(self) -> None:
        durable.write_json(paths.STATE_ID, {'uuid': '0a1b-2c'})
        for role in ('server', 'agent'):
            self.assertEqual(facts.state_uuid(seed_of('n1', role), durable.read_text), '0a1b-2c')

    def test_an_agent_without_a_disk_is_the_same_at_each_start_and_another_than_all_others(self) -> None:
        first, again, other = (facts.state_uuid(seed_of(name, 'agent'), durable.read_text) for name in ('a1', 'a1', 'a2'))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertIsNotNone(re.fullmatch('[0-9a-f]{32}', first))

    def test_a_server_without_one_does_not_start(self) -> None:
        with self.assertRaises(durable.Unreadable):
            facts.state_uuid(seed_of('n1', 'server'), durable.read_text)
