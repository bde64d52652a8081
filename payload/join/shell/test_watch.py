import os
import socket
import threading
import time
import unittest
from typing import List, Union
from unittest import mock

from join.inputs import K3sExited, K3sStatus
from join.shell import https, k3s, own_server, units, verify
from join.shell.test_node import Node
from join.shell.watch import LISTEN_EVERY, Watch
from join.test_scene import CA, status_of


class Enough(Exception):
    """Ends a loop that has no end."""


class Permits(Node):
    def test_a_k3s_without_data_gets_one_permit_before_it_is_started(self) -> None:
        units.start('k3s.service', False, 77.9)
        with open(k3s.PERMIT, encoding='utf8') as permit:
            self.assertEqual(permit.read(), '77\n')
        self.assertEqual(self.words[-1], ('start', '--no-block', 'k3s.service'))

    def test_a_member_needs_none(self) -> None:
        units.start('k3s.service', True, 77.9)
        self.assertFalse(os.path.exists(k3s.PERMIT))

    def test_who_is_stopped_loses_it(self) -> None:
        units.start('k3s.service', False, 77.9)
        units.stop('k3s.service')
        self.assertFalse(os.path.exists(k3s.PERMIT))


class Watching(Node):
    def setUp(self) -> None:
        super().setUp()
        self.told: List[Union[K3sStatus, K3sExited]] = []
        self.watch = Watch(self.root, self.told.append, lambda ca: status_of())

    def start(self) -> None:
        os.mkdir(k3s.WAL)
        self.watch.start(77.9)

    def test_a_status_is_told_once_until_it_changes(self) -> None:
        self.start()
        for status in (status_of(), status_of(), status_of('n2')):
            self.watch._look(status)
        self.assertEqual(self.told, [status_of(), status_of('n2')])

    def test_it_serves_once_systemd_has_heard_that_it_is_ready(self) -> None:
        self.start()
        for self.state in ('activating', 'active'):
            self.watch._look(status_of())
        self.assertEqual([one.serves for one in self.told if isinstance(one, K3sStatus)], [False, True])

    def test_who_is_to_stop_is_stopped_and_looked_at_no_more(self) -> None:
        self.start()
        self.watch.stop()
        self.assertIn(('stop', 'k3s.service'), self.words)
        self.assertFalse(self.watch._watching)
        self.assertEqual(self.told, [])

    def test_an_end_is_told_with_what_is_on_the_disk(self) -> None:
        self.start()
        self.state = 'failed'
        self.watch._look(None)
        self.assertEqual(self.told, [K3sExited('other', True, False, 'the 1. words')])

    def test_when_k3s_has_ended_its_last_words_are_heard_and_kept(self) -> None:
        self.start()
        self.watch._listened_at = time.monotonic()
        self.watch._hear_last_words(K3sStatus(False))
        self.assertEqual(self.watch.last_words, '', 'it may just be starting')
        self.state = 'failed'
        self.watch._look(K3sStatus(False))
        self.watch._hear_last_words(K3sStatus(False))
        self.assertEqual((self.watch.last_words, self.heard), ('the 1. words', ['k3s.service']))

    def test_while_etcd_does_not_answer_now_and_again_and_once_it_does_they_are_forgotten(self) -> None:
        self.start()
        for _ in range(3):
            self.watch._hear_last_words(K3sStatus(False))
        self.assertEqual(self.heard, ['k3s.service'])
        self.watch._listened_at -= LISTEN_EVERY
        self.watch._hear_last_words(K3sStatus(False))
        self.assertEqual(self.watch.last_words, 'the 2. words')
        self.watch._hear_last_words(status_of())
        self.assertEqual(self.watch.last_words, '')

    def test_each_look_gives_what_has_ended_and_why(self) -> None:
        self.start()
        self.watch._status = lambda ca: K3sStatus(False)
        self.state = 'failed'
        with mock.patch.object(time, 'sleep', side_effect=[None, None, Enough]), self.assertRaises(Enough):
            self.watch.run()
        self.assertEqual(self.told, [K3sExited('other', True, False, 'the 1. words')])
        self.assertEqual(self.watch.last_words, 'the 1. words')

    def test_a_new_tombstone_is_an_eviction_and_k3s_is_stopped(self) -> None:
        self.start()
        self.bury(1000)
        self.watch._look(None)
        self.assertEqual(self.told, [K3sExited('evicted', True, True)])
        self.assertIn(('stop', 'k3s.service'), self.words)

    def test_a_tombstone_from_before_the_start_is_none(self) -> None:
        self.bury(1000)
        self.start()
        self.watch._look(status_of())
        self.assertEqual(self.told, [status_of()])

    def test_data_with_a_tombstone_start_only_with_a_permit(self) -> None:
        self.bury(1000)
        self.start()
        self.assertTrue(os.path.exists(k3s.PERMIT))

    def test_a_k3s_that_runs_already_is_watched(self) -> None:
        self.assertTrue(self.watch.adopt())
        self.state = 'inactive'
        self.assertFalse(self.watch.adopt())


class OwnServer(Node):
    ROWS = (k3s.Listed(0xa1, 'n1-00000001', '10.0.0.1', False), k3s.Listed(0xb2, 'n2-00000002', '10.0.0.2', False),
            k3s.Listed(0xc3, 'n3-00000003', '10.0.0.3', True), k3s.Listed(0xd4, '', '10.0.0.4', True))

    def test_a_member_is_reached_when_our_etcd_is_connected_to_it_we_always(self) -> None:
        view = own_server.View(verify.Authority(CA, ''), self.ROWS)
        self.patch(own_server, 'look', lambda ca, password: view)
        self.patch(own_server, 'connected', lambda: ('c3',))
        found = own_server.status('no certificate', 'secret', 'n1')
        self.assertEqual((found.etcd, found.ca_hash), (True, CA))
        self.assertEqual(
            [(one.name, one.reachable, one.learner) for one in found.members],
            [('n1', True, False), ('n2', False, False), ('n3', True, True)], 'one that never started has no name')

    def test_without_an_answer_etcd_does_not_answer(self) -> None:
        self.patch(https, 'get', mock.Mock(side_effect=https.Failed('503')))
        for ca in ('no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', None):
            self.assertEqual(own_server.status(ca, 'secret', 'n1'), K3sStatus(False))

    def test_one_that_breaks_off_in_the_middle_of_its_answer_says_nothing(self) -> None:
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)

        def answer() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.recv(4096)
                wire.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\netcd_')

        threading.Thread(target=answer, daemon=True).start()
        self.patch(k3s, 'METRICS', f'http://127.0.0.1:{listener.getsockname()[1]}/metrics')
        self.assertEqual(own_server.connected(), ())
