"""Requests as an agent makes them that a stranger has taken over."""
import json
import os
import threading
import unittest
from typing import Any, Dict, List, Tuple
from unittest import mock

from join.model import Member, Votes
from join.root import vocabulary
from join.shell import clock, durable, k3s, k3s_data, paths
from join.shell.node_ip import Found
from join.shell.root import Failed
from join.shell.test_node import Node
from join.timing import START_WITHIN

VOTES = durable.votes_to_json(Votes(1))
MEMBER = durable.member_to_json(Member(1, 'joining'))


class Requests(Node):
    def ask(self, line: bytes) -> Dict[str, Any]:
        with mock.patch('builtins.print'):
            found = json.loads(vocabulary.answer(line, lambda: self.gone))
        assert isinstance(found, dict)
        return found

    def refuse(self, **request: Any) -> str:
        """Why it is not done; nothing on the node has changed."""
        before = self.everything()
        answer = self.ask(json.dumps(request).encode())
        self.assertEqual(list(answer), ['error'], request)
        self.assertEqual((self.everything(), self.words), (before, []), request)
        return str(answer['error'])

    def everything(self) -> Dict[str, str]:
        names = [os.path.join(at, name) for at, _, files in os.walk(self.folder) for name in files]
        return {name: self.read(name) for name in names}


class Hostile(Requests):
    def test_what_is_no_request(self) -> None:
        for line in (b'', b'\n', b'{', b'[]', b'"stop"', b'{}', b'\xff\n', b'[' * 100_000, b'{"do": ["stop"]}',
                     b'{"do": "systemctl"}', b'{"do": "__class__"}', b'{"do": null}', b'{"do": "stop", "do": 1}'):
            self.assertEqual(list(self.ask(line)), ['error'], line[:20])
        self.assertEqual(self.words, [])

    def test_a_field_more_or_less(self) -> None:
        self.refuse(do='stop', unit='ssh.service')
        self.refuse(do='start')
        self.refuse(do='start', until=1, unit='ssh.service')
        self.refuse(do='configure', init=False, server=None)
        self.refuse(do='configure', init=False, server=None, ca_hash=None, token='mine')
        self.refuse(do='keep-member', member=MEMBER, path='/etc/passwd')

    def test_another_file_is_not_read(self) -> None:
        for path in ('/etc/shadow', paths.NODE + '/../secrets', '', None, 5, [paths.NODE], k3s.CONFIG, paths.STATUS):
            self.refuse(do='read', path=path)
        self.write(paths.VOTES, ' ' * 300_000)
        self.assertIn('more than', self.refuse(do='read', path=paths.VOTES))

    def test_what_no_memory_is_is_not_kept(self) -> None:
        bad: Tuple[Any, ...] = (
            None, [], {}, {**VOTES, 'epoch': -1}, {**VOTES, 'version': 2}, {**VOTES, 'more': 1},
            {**VOTES, 'promised': [1]}, {**VOTES, 'founded': []}, {**VOTES, 'epoch': 1e9})
        for votes in bad:
            self.refuse(do='keep-votes', votes=votes)
        for member in (None, 'joined', {**MEMBER, 'mode': 'king'}, {**MEMBER, 'roster': [['n1']]}, {'version': 1}):
            self.refuse(do='keep-member', member=member)

    def test_no_text_gets_into_k3s_configuration_but_an_address_and_a_hash(self) -> None:
        for server in ('n2', '10.0.0.2:6443/x', '10.0.0.2\n', 'https://10.0.0.2', '', 5, True, 'fe80::1%a b',
                       'fe80::1%' + 'a' * 16, '10.0.0.2%'):
            self.refuse(do='configure', init=False, server=server, ca_hash=None)
        for ca_hash in ('', 'a' * 63, 'A' * 64, 'a' * 64 + '\n', 5, '::server:x'):
            self.refuse(do='configure', init=False, server=None, ca_hash=ca_hash)
        for init in (1, None, 'true'):
            self.refuse(do='configure', init=init, server=None, ca_hash=None)
        self.refuse(do='configure', init=True, server='10.0.0.2', ca_hash=None)

    def test_no_permit_outlasts_what_was_verified(self) -> None:
        with mock.patch('time.clock_gettime', return_value=1000.0):
            for until in (1000.1 + START_WITHIN, float('inf'), float('nan'), -1, True, '1005', None):
                self.refuse(do='start', until=until)

    def test_only_a_node_is_removed(self) -> None:
        run = mock.Mock()
        self.patch(k3s_data, 'kubectl', run)
        for name in ('--all', '-l app', 'N2', 'n2/../n3', '', 'a' * 254, 'n2 n3', 'n2\n', None):
            self.refuse(do='remove-node', name=name, member='n2-0a', address=None)
        for member in ('', '-x', 'n2 0a', 'n2"', 5):
            self.refuse(do='remove-node', name='n2', member=member, address=None)
        self.refuse(do='remove-node', name='n2', member='n2-0a', address='n2')
        run.assert_not_called()

    def test_a_console_is_written_words_and_nothing_else(self) -> None:
        for text in (5, None, ['x']):
            self.refuse(do='say', text=text)
        self.ask(json.dumps({'do': 'say', 'text': 'a\x1b[2J\r\nb\x9bc' + 'x' * 5000}).encode())
        self.assertEqual(self.shown, ['a?[2J??b?c' + 'x' * 1990])

    def test_a_status_is_an_object(self) -> None:
        self.refuse(do='write-status', status='x')


class Done(Requests):
    def test_the_files_that_it_needs_are_read_for_it(self) -> None:
        for path in (paths.NODE, paths.SECRETS, paths.NODE):
            self.assertEqual(self.root.read(path), self.read(path))
        for path in (paths.DISK, paths.STATE_ID, paths.VOTES, paths.MEMBER):
            self.assertIsNone(self.root.read(path))

    def test_memory_is_that_which_an_agent_with_roots_rights_wrote(self) -> None:
        votes, member = Votes(3, joiner_of=2), Member(1, 'joined', 'a' * 64, (('n1', 'u-1'),), '10.0.0.2')
        self.root.keep_votes(votes)
        self.root.keep_member(member)
        self.assertEqual(self.read(paths.VOTES), json.dumps(durable.votes_to_json(votes), indent=2, sort_keys=True) + '\n')
        self.assertEqual(durable.read_votes(paths.VOTES, self.root.read), votes)
        self.assertEqual(durable.read_member(paths.MEMBER, self.root.read), member)

    def test_what_k3s_wrote_is_on_the_disk_before_membership_is(self) -> None:
        def synced() -> None:
            self.assertFalse(os.path.exists(paths.MEMBER))

        for mode in ('founder', 'joined'):
            with mock.patch.object(os, 'sync', side_effect=synced) as sync:
                self.root.keep_member(Member(1, mode))
            sync.assert_called_once_with()
            os.unlink(paths.MEMBER)

    def test_a_name_that_a_power_cut_left_empty_goes_before_k3s_starts(self) -> None:
        for text, kept in (('', False), ('n1-0a1b2c3d', True)):
            self.write(k3s.NAME, text)
            self.root.start(0.0)
            self.assertEqual(os.path.exists(k3s.NAME), kept)

    def test_an_agent_starts_another_unit_and_has_another_ca(self) -> None:
        self.write(k3s.CA, 'the servers')
        self.write(k3s.AGENT_CA, 'the agents')
        for role, unit, ca in (('server', 'k3s.service', 'the servers'), ('agent', 'k3s-agent.service', 'the agents')):
            self.write(paths.NODE, {'role': role})
            self.root.start(0.0)
            self.assertEqual(self.words[-1], ('start', '--no-block', unit))
            self.assertEqual(self.root.look().ca, ca)
        self.write(paths.NODE, {'role': 'ssh'})
        with self.assertRaises(Failed):
            self.root.stop()

    def test_what_k3s_left_is_looked_at(self) -> None:
        self.assertEqual(self.root.look(), (False, None, None))
        os.mkdir(k3s.WAL)
        self.bury(1000)
        found = self.root.look()
        self.assertEqual((found.wal, found.tombstone, found.is_buried), (True, 1000 * 10 ** 9, True))

    def test_a_running_k3s_keeps_its_db(self) -> None:
        os.mkdir(k3s.DB)
        with self.assertRaisesRegex(Failed, 'k3s is running'):
            self.root.set_db_aside()
        self.assertTrue(os.path.isdir(k3s.DB))

    def test_the_address_is_that_of_the_seed_and_of_the_cards(self) -> None:
        with mock.patch('join.shell.node_ip.settle', return_value=Found('10.0.0.1', None)) as settle, \
                mock.patch('join.shell.interfaces.read_cards', return_value=((), ())):
            self.assertEqual(self.root.settle_address(), Found('10.0.0.1', None))
        self.assertEqual(settle.call_args[0][:2], ('10.0.0.1', ()))

    def test_the_clock(self) -> None:
        for right in (True, False):
            with mock.patch.object(clock, 'is_right', return_value=right):
                self.assertIs(self.root.clock_is_right(), right)

    def test_without_an_address_there_is_no_configuration(self) -> None:
        os.unlink(paths.NODE_IP)
        with self.assertRaisesRegex(Failed, 'no address'):
            self.root.configure(True, None, None)
        self.assertFalse(os.path.exists(k3s.CONFIG))


class Gone(Requests):
    """A request of an agent that was ended, carried out late, could undo what the next one has done."""

    def test_who_has_gone_gets_nothing_changed(self) -> None:
        self.gone = True
        self.refuse(do='keep-votes', votes=VOTES)
        self.refuse(do='keep-member', member=MEMBER)
        self.refuse(do='configure', init=True, server=None, ca_hash=None)
        self.refuse(do='start', until=0)
        self.refuse(do='set-db-aside')

    def test_it_is_looked_at_once_the_requests_before_are_done(self) -> None:
        begun, go_on = threading.Event(), threading.Event()
        order: List[int] = []
        real = durable.write_json

        def write(path: str, value: Any, mode: int = 0o644) -> None:
            begun.set()
            go_on.wait(20)
            order.append(value['epoch'])
            real(path, value, mode)

        self.patch(durable, 'write_json', write)
        first = threading.Thread(target=self.root.keep_votes, args=(Votes(1),))
        first.start()
        self.assertTrue(begun.wait(20))
        looked: List[bool] = []

        def gone() -> bool:
            looked.append(bool(order))
            return True

        second = threading.Thread(
            target=vocabulary.answer, args=(json.dumps({'do': 'keep-votes', 'votes': VOTES}).encode(), gone))
        second.start()
        go_on.set()
        for one in (first, second):
            one.join(20)
        self.assertEqual((order, looked), ([1], [True]))


if __name__ == '__main__':
    unittest.main()
