import json
import os
import socket
import subprocess
import sys
import threading
from typing import Any, List
from unittest import mock

from join.root import server, vocabulary
from join.shell import durable, paths
from join.shell.root import Failed, Root, Unanswered
from join.shell.test_node import Node


class Served(Node):
    """A server at its socket; this process is the agent."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(paths, 'ROOT', os.path.join(self.folder, 'root.sock'))
        self.patch(paths, 'AGENT_RUN', self.folder)
        self.root = Root()

    def serve(self) -> None:
        self.listener = server.listen(paths.ROOT)
        self.addCleanup(self.listener.close)
        self.addCleanup(self.listener.shutdown, socket.SHUT_RDWR)
        thread = threading.Thread(target=self.run_server, daemon=True)
        thread.start()

    def run_server(self) -> None:
        try:
            server.serve(self.listener)
        except OSError:
            pass  # The test is over.

    def connect(self) -> socket.socket:
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(wire.close)
        wire.settimeout(20)
        wire.connect(paths.ROOT)
        return wire


class Answers(Served):
    def test_a_request_and_its_answer(self) -> None:
        self.serve()
        self.assertEqual(self.root.read(paths.SECRETS), self.read(paths.SECRETS))
        self.root.say('n1: waits')
        self.assertEqual(self.shown, ['n1: waits'])

    def test_no_answer_is_not_the_answer_that_there_is_no_file(self) -> None:
        # There is no socket at all: connecting gives a FileNotFoundError.
        with self.assertRaises(Unanswered):
            self.root.read(paths.VOTES)
        with self.assertRaises(durable.Unreadable):
            durable.read_votes(paths.VOTES, self.root.read)

    def test_nor_is_half_an_answer(self) -> None:
        for answer in (b'', b'{"answer": nul', b'{"answer": null'):
            root = Root(mock.Mock(return_value=answer))
            with self.assertRaises(durable.Unreadable):
                durable.read_votes(paths.VOTES, root.read)

    def test_what_is_only_told_to_people_may_be_lost(self) -> None:
        with mock.patch('builtins.print') as said:
            self.root.say('n1: waits')
            self.root.write_status({})
        self.assertEqual(said.call_count, 3)

    def test_a_failure_is_told_with_its_reason(self) -> None:
        self.serve()
        os.mkdir(paths.VOTES)
        with self.assertRaisesRegex(Failed, 'read: .*directory'):
            self.root.read(paths.VOTES)


class Bounds(Served):
    def test_a_stranger_is_sent_away_before_he_is_read(self) -> None:
        self.patch(vocabulary, 'answer', mock.Mock(side_effect=AssertionError))
        self.patch(server, 'may_ask', lambda wire: False)
        self.serve()
        wire = self.connect()
        self.assertEqual(wire.recv(1), b'')

    def test_who_may_ask(self) -> None:
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        own = os.getuid()
        for user, may in ((own, True), (0, own == 0), (own + 1, own == 0)):
            with mock.patch.object(os, 'stat', return_value=mock.Mock(st_uid=user)):
                self.assertEqual(server.may_ask(ours), may)
        for asker, owner, may in ((0, 7, True), (7, 7, True), (8, 7, False), (1000, 0, False)):
            peer = mock.Mock()
            peer.getsockopt.return_value = server._PEER.pack(1, asker, asker)
            with mock.patch.object(os, 'stat', return_value=mock.Mock(st_uid=owner)):
                self.assertEqual(server.may_ask(peer), may)
            with mock.patch.object(os, 'stat', side_effect=FileNotFoundError):
                self.assertEqual(server.may_ask(peer), asker == 0)

    def test_a_request_without_an_end_is_dropped(self) -> None:
        self.patch(server, 'READ_SECONDS', 0.2)
        self.serve()
        for data in (b'', b'{"do": "look"}', b'x' * (server.MOST_BYTES + 1)):
            wire = self.connect()
            try:
                wire.sendall(data)
            except OSError:
                pass  # It has hung up on too much.
            self.assertEqual(self.rest_of(wire), b'', data[:20])

    def test_no_more_at_once_than_there_are_places(self) -> None:
        self.serve()
        held = [self.connect() for _ in range(server.MOST_AT_ONCE)]
        self.assertEqual(self.rest_of(self.connect()), b'')
        for wire in held:
            wire.close()
        self.until(lambda: self.root.read(paths.NODE) is not None)

    def test_an_agent_that_has_gone(self) -> None:
        ours, theirs = socket.socketpair()
        with ours:
            theirs.shutdown(socket.SHUT_WR)
            self.assertFalse(server.has_gone(ours), 'it may still be reading')
            theirs.close()
            self.assertTrue(server.has_gone(ours))

    def rest_of(self, wire: socket.socket) -> bytes:
        try:
            return wire.recv(4096)
        except ConnectionResetError:
            return b''

    def until(self, done: Any) -> None:
        """Repeats until it does not fail; a place is free a moment after its connection has ended."""
        for _ in range(10_000):
            try:
                done()
                return
            except Failed:
                pass
        done()


class Imports(Node):
    def test_root_never_loads_what_reads_the_network(self) -> None:
        show = 'import json, sys, join.root.__main__; print(json.dumps(sorted(sys.modules)))'
        done = subprocess.run([sys.executable, '-B', '-c', show], capture_output=True, text=True, check=True)
        loaded: List[str] = json.loads(done.stdout)
        self.assertIn('join.root.deeds', loaded)
        for name in ('https', 'sockets', 'server_search', 'verify', 'own_server', 'genesis', 'control', 'agent', 'ports'):
            self.assertNotIn(f'join.shell.{name}', loaded)
        self.assertNotIn('join.wire', loaded)
