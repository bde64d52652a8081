import json
import os
import tempfile
import unittest
from types import SimpleNamespace
from typing import Any, Dict
from unittest import mock

from join.keyring import Keyring
from join.model import Votes
from join.others import HeardAgent
from join.shell import notices, paths, report
from join.shell.seed import Seed
from join.test_scene import Trial, config_of, founded, status_of

SEED = Seed(config_of(), 'the-token', Keyring(b'the-peer-key'), (), None, {})


def agent(trial: Trial, said: str = '') -> Any:
    """As much of an agent as a report is made of."""
    return SimpleNamespace(
        root=SimpleNamespace(write_status=write_status), state=trial.state, seed=SEED, node_ip='10.0.0.1',
        executor=SimpleNamespace(said=said, notes=['a note']), watch=SimpleNamespace(last_words='no such flag'),
        reception=SimpleNamespace(
            inbox=SimpleNamespace(dropped={'forged': 2}), limit=SimpleNamespace(refused=0)),
        unproved=3)


def write_status(status: Dict[str, Any]) -> bool:
    """As root does it."""
    notices.write_status(status)
    return True


class Report(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = mock.patch.object(paths, 'STATUS', os.path.join(folder.name, 'status.json'))
        patch.start()
        self.addCleanup(patch.stop)
        self.trial = Trial(founded(votes=Votes()))
        self.trial.at(1.0, status_of('n3'), self.trial.member_hello('n2'))

    def read(self) -> Dict[str, Any]:
        with open(paths.STATUS, encoding='utf8') as file:
            found: Dict[str, Any] = json.load(file)
            return found

    def test_it_says_what_the_node_is_and_whom_it_sees(self) -> None:
        report.write(agent(self.trial, 'n1: waits'))
        found = self.read()
        self.assertEqual((found['version'], found['node'], found['says'], found['k3s']), (1, 'n1', 'n1: waits', 'up'))
        self.assertEqual(found['member']['mode'], 'founder')
        self.assertEqual([one['name'] for one in found['etcd'] if not one['reachable']], ['n3'])
        self.assertEqual([(one['name'], one['standing']) for one in found['peers']], [('n2', 'member')])
        self.assertEqual(found['k3s_ended_with'], 'no such flag')
        self.assertEqual((found['dropped'], found['notes']), ({'forged': 2}, ['a note']))
        self.assertEqual((found['refused'], found['unproved']), (0, 3))

    def test_it_names_the_agents_that_hear_us(self) -> None:
        self.trial.state.agents = {'w2': HeardAgent(), 'w1': HeardAgent('w-1', '9' * 16, '10.0.1.1', 1.0)}
        report.write(agent(self.trial))
        self.assertEqual(self.read()['agents'], [{'name': 'w1', 'address': '10.0.1.1'}])

    def test_it_holds_no_secret(self) -> None:
        report.write(agent(self.trial))
        text = json.dumps(self.read())
        self.assertNotIn('the-token', text)
        self.assertNotIn('the-peer-key', text)

    def test_it_is_written_again_only_when_something_has_changed(self) -> None:
        report.write(agent(self.trial, 'one'))
        os.remove(paths.STATUS)
        report.write(agent(self.trial, 'one'))
        self.assertFalse(os.path.exists(paths.STATUS))
        report.write(agent(self.trial, 'another'))
        self.assertEqual(self.read()['says'], 'another')
