"""What root does for the agent, in the order in which it is asked."""
import json
import os
import threading
import unittest
from typing import Any, List
from unittest import mock

from join.model import Member, Votes
from join.root import vocabulary
from join.root.test_hostile import MEMBER, VOTES, Requests
from join.shell import clock, durable, k3s, paths
from join.shell.node_ip import Found
from join.shell.root import Failed
from join.shell.test_node import Node
from join.shell.test_seed import NODE, SERVERS_SECRETS


class Done(Node):
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

    def test_no_token_is_in_the_last_words_of_k3s(self) -> None:
        self.write(paths.NODE, NODE)
        self.write(paths.SECRETS, SERVERS_SECRETS)
        self.root.last_words()
        self.assertEqual(self.hidden, ('secret', 'for agents'))

    def test_without_an_address_there_is_no_configuration(self) -> None:
        os.unlink(paths.NODE_IP)
        with self.assertRaisesRegex(Failed, 'no address'):
            self.root.configure(True, None, None, True)
        self.assertFalse(os.path.exists(k3s.CONFIG))


class Gone(Requests):
    """A request of an agent that was ended, carried out late, could undo what the next one has done."""

    def test_who_has_gone_gets_nothing_changed(self) -> None:
        self.gone = True
        self.refuse(do='keep-votes', votes=VOTES)
        self.refuse(do='keep-member', member=MEMBER)
        self.refuse(do='configure', init=True, server=None, ca_hash=None, with_agents=True)
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
