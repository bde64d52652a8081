import contextlib
import io
import json
import os
import tempfile
import unittest
from typing import Tuple
from unittest import mock

from join.shell import commands, control, k3s_data, paths


class Commands(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, base in (('NODE', 'node.json'), ('STATUS', 'status.json'), ('ENROLMENT', 'enrolment.json'),
                           ('FENCE', 'fence.json')):
            patch = mock.patch.object(paths, name, os.path.join(folder.name, base))
            patch.start()
            self.addCleanup(patch.stop)
        with open(paths.NODE, 'w', encoding='utf8') as file:
            json.dump({'name': 'n1'}, file)

    def run_command(self, *words: str, typed: str = '', user: int = 0) -> Tuple[int, str]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), \
                mock.patch('os.geteuid', return_value=user), mock.patch('sys.stdin', io.StringIO(typed)):
            return commands.main(list(words)), said.getvalue()

    def test_what_changes_something_is_for_root(self) -> None:
        for words in (('forget', 'n2'), ('abandon-founder',), ('rescue',)):
            status, said = self.run_command(*words, user=1000)
            self.assertEqual(status, 1)
            self.assertIn('sudo homepbp ' + words[0], said)

    def test_another_name_than_the_nodes_does_nothing(self) -> None:
        with mock.patch.object(control, 'send') as send:
            for typed in ('', 'n2\n', 'yes\n'):
                status, said = self.run_command('abandon-founder', typed=typed)
                self.assertEqual(status, 1)
                self.assertIn('nothing was done', said)
            send.assert_not_called()

    def test_the_nodes_name_gives_the_order(self) -> None:
        with mock.patch.object(control, 'send') as send:
            self.assertEqual(self.run_command('forget', 'n2', typed='n1\n')[0], 0)
            send.assert_called_once_with('forget', 'n2')

    def test_a_node_without_data_cannot_be_rescued(self) -> None:
        with mock.patch.object(k3s_data, 'has_wal', return_value=False):
            status, said = self.run_command('rescue', typed='n1\n')
        self.assertEqual(status, 1)
        self.assertIn('no cluster data', said)

    def test_status_gives_no_orders_to_the_terminal(self) -> None:
        with open(paths.STATUS, 'w', encoding='utf8') as file:
            json.dump({'node': 'n1', 'says': 'waits\x1b[2J\nfor \u00fc'}, file)
        self.assertEqual(self.run_command('status'), (0, 'n1: waits?[2J\nfor \u00fc\n'))

    def test_status_in_words(self) -> None:
        with open(paths.STATUS, 'w', encoding='utf8') as file:
            json.dump({'node': 'n1', 'says': 'waits for n2', 'k3s': 'off', 'member': None, 'etcd': [],
                       'k3s_ended_with': 'no such flag', 'servers': [],
                       'peers': [{'name': 'n2', 'address': '10.0.0.2', 'standing': 'blank'}],
                       'notes': ['one', 'two', 'three', 'n9 was removed from the cluster']}, file)
        status, said = self.run_command('status')
        self.assertEqual(status, 0)
        self.assertIn('n1: waits for n2', said)
        self.assertIn('n2 at 10.0.0.2: blank', said)
        self.assertIn('  k3s      off\n  k3s      exited with: no such flag\n', said)
        self.assertEqual(said.count('  note     '), 3)
        self.assertIn('  note     n9 was removed from the cluster\n', said)

    def enrolment(self, says: str) -> None:
        with open(paths.ENROLMENT, 'w', encoding='utf8') as file:
            json.dump({'says': says, 'set': 'aa'}, file)

    def test_status_says_what_enrolment_says(self) -> None:
        self.enrolment('Genesis says: no')
        status, said = self.run_command('status')
        self.assertEqual(status, 0)
        self.assertIn('n1: the agent has not reported anything yet', said)
        self.assertIn('  secrets  Genesis says: no\n', said)
        with open(paths.STATUS, 'w', encoding='utf8') as file:
            json.dump({'node': 'n1', 'says': 'Genesis says: no'}, file)
        self.assertEqual(self.run_command('status'), (0, 'n1: Genesis says: no\n'), 'once is enough')
        self.enrolment('this node is enrolled (set aa)')
        self.assertIn('  secrets  this node is enrolled (set aa)\n', self.run_command('status')[1])
        _, said = self.run_command('status', '--json')
        self.assertEqual(json.loads(said)['enrolment']['set'], 'aa')

    def test_status_says_where_pods_are_not_kept_from_genesis(self) -> None:
        for path, value in ((paths.STATUS, {'node': 'n1'}), (paths.FENCE, {'trouble': 'no nft'})):
            with open(path, 'w', encoding='utf8') as file:
                json.dump(value, file)
        self.assertEqual(self.run_command('status'), (0, 'n1: all is well\n  pods     no nft\n'))

    def test_a_damaged_report_of_enrolment_hides_nothing_else(self) -> None:
        with open(paths.STATUS, 'w', encoding='utf8') as file:
            json.dump({'node': 'n1', 'says': 'waits for n2'}, file)
        with open(paths.ENROLMENT, 'w', encoding='utf8') as file:
            file.write('{')
        self.assertEqual(self.run_command('status'), (0, 'n1: waits for n2\n'))

    def test_status_names_servers_agents_and_a_genesis_without_proof(self) -> None:
        servers = [{'address': '10.0.0.2', 'verified': True, 'refuses': False},
                   {'address': '10.0.0.3', 'verified': False, 'refuses': True},
                   {'address': '10.0.0.4', 'verified': False, 'refuses': False}]
        with open(paths.STATUS, 'w', encoding='utf8') as file:
            json.dump({'node': 'n1', 'k3s': 'up', 'servers': servers, 'unproved': 4,
                       'agents': [{'name': 'w1', 'address': '10.0.1.1'}]}, file)
        _, said = self.run_command('status')
        self.assertIn('  hears    w1 at 10.0.1.1: agent\n', said)
        self.assertIn('10.0.0.2: ours\n', said)
        self.assertIn("10.0.0.3: ours, but REFUSED this node's token\n", said)
        self.assertIn('10.0.0.4: NOT known to be ours\n', said)
        self.assertIn('  Genesis  answered 4 times without proof', said)

    def test_without_an_agent_status_says_where_to_look(self) -> None:
        status, said = self.run_command('status')
        self.assertEqual(status, 1)
        self.assertIn('systemctl status', said)

    def test_strange_words_get_the_usage(self) -> None:
        for words in (('dance',), ('forget',), ('rescue', 'n1'), ('status', '--xml')):
            status, said = self.run_command(*words)
            self.assertEqual(status, 2)
            self.assertIn('homepbp rescue', said)
