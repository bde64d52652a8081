"""`homepbp` as a person meets it: at a terminal, on a node whose files are in a folder."""
import json
import os
import pty
import select
import signal
import socket
import sys
import tempfile
import time
import unittest
from typing import List, Tuple
from unittest import mock

from join.inputs import AbandonFounder, Forget
from join.shell import commands, control, k3s, k3s_data, paths, units

SECONDS = 20.0


class Terminal(unittest.TestCase):
    """A node, a person, and an agent that listens."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for module, name in ((paths, 'NODE'), (paths, 'STATUS'), (paths, 'CONTROL'), (k3s, 'CONFIG'), (k3s, 'WAL'),
                             (k3s, 'PROGRAM'), (k3s, 'PERMIT')):
            patch = mock.patch.object(module, name, os.path.join(self.folder, name.lower()))
            patch.start()
            self.addCleanup(patch.stop)
        with open(paths.NODE, 'w', encoding='utf8') as file:
            json.dump({'name': 'n1'}, file)
        self.agent = control.listen()
        self.addCleanup(self.agent.close)

    def at_terminal(self, typed: str, *words: str) -> Tuple[int, str]:
        """Runs the command, answers its question, and gives its exit status and what the terminal shows."""
        child, terminal = pty.fork()
        if child == 0:
            self.become(words)
        try:
            shown = self.read_until(terminal, ': ')
            if shown.endswith(': '):
                self.wait_for_reader(child)
                os.write(terminal, typed.encode())
                shown += self.read_until(terminal, '')
        finally:
            os.close(terminal)
            _, status = os.waitpid(child, 0)
        return os.WEXITSTATUS(status), shown

    def become(self, words: Tuple[str, ...]) -> None:
        """The child: a command and nothing else of this test."""
        status = 99
        # A shell starts what runs behind it with this ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with mock.patch('os.geteuid', return_value=0):
                status = commands.main(list(words))
            sys.stdout.flush()
        finally:
            os._exit(status)

    def wait_for_reader(self, child: int) -> None:
        """Until it sleeps in its read: a ^C that Python takes just before that ends no read."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                with open(f'/proc/{child}/stat', encoding='ascii') as file:
                    if file.read().rpartition(')')[2].split()[0] != 'R':
                        return
            except FileNotFoundError:
                return  # No Linux.
            time.sleep(0.01)

    def read_until(self, terminal: int, end: str) -> str:
        """What the terminal shows up to these words, or up to its end."""
        shown = b''
        while not end or not shown.endswith(end.encode()):
            if not select.select([terminal], [], [], SECONDS)[0]:
                self.fail(f'silent after {shown!r}')
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        return shown.decode()

    def orders(self) -> List[control.Order]:
        return control.read_orders(self.agent)


class Orders(Terminal):
    def test_each_command_that_changes_something_asks_for_the_nodes_name(self) -> None:
        os.mkdir(k3s.WAL)
        for words in (('forget', 'n2'), ('abandon-founder',), ('rescue',)):
            for typed in ('\n', 'yes\n', 'n2\n', 'N1\n', '\x04'):
                status, shown = self.at_terminal(typed, *words)
                self.assertEqual(status, 1, shown)
                self.assertIn("Type this node's name (n1) to continue: ", shown)
                self.assertIn('nothing was done', shown)
        self.assertEqual(self.orders(), [])

    def test_the_name_typed_gives_the_agent_the_order(self) -> None:
        status, shown = self.at_terminal('n1\n', 'forget', 'n2')
        self.assertEqual(status, 0, shown)
        self.assertIn('n2 will be removed', shown)
        self.assertEqual(self.orders(), [Forget('n2')])
        self.assertEqual(self.at_terminal('n1\n', 'abandon-founder')[0], 0)
        self.assertEqual(self.orders(), [AbandonFounder()])

    def test_to_break_off_is_an_answer_too(self) -> None:
        status, shown = self.at_terminal('\x03', 'abandon-founder')
        self.assertEqual(status, 130)
        self.assertIn('nothing was done', shown)
        self.assertNotIn('Traceback', shown)
        self.assertEqual(self.orders(), [])

    def test_an_agent_that_is_not_there_is_told_of(self) -> None:
        self.agent.close()
        os.remove(paths.CONTROL)
        status, shown = self.at_terminal('n1\n', 'forget', 'n2')
        self.assertEqual(status, 1)
        self.assertIn('the agent is not listening', shown)
        self.assertNotIn('Traceback', shown)

    def test_status_asks_for_nothing(self) -> None:
        with open(paths.STATUS, 'w', encoding='utf8') as file:
            json.dump({'node': 'n1', 'says': ''}, file)
        status, shown = self.at_terminal('', 'status')
        self.assertEqual((status, shown), (0, 'n1: all is well\r\n'))


class Rescue(Terminal):
    """The same terminal, with a program instead of k3s."""

    def setUp(self) -> None:
        super().setUp()
        os.mkdir(k3s.WAL)
        self.did = os.path.join(self.folder, 'did')
        with open(k3s.CONFIG, 'w', encoding='utf8') as file:
            file.write('cluster-init: true\nnode-name: "n1"\nserver: "https://10.0.0.2:6443"\n')
        for name in ('stop', 'start_plain'):
            patch = mock.patch.object(units, name, self.note(name))
            patch.start()
            self.addCleanup(patch.stop)

    def note(self, what: str) -> object:
        def do(unit: str) -> None:
            with open(self.did, 'a', encoding='utf8') as file:
                file.write(f'{what} {unit}\n')
        return do

    def program(self, status: int) -> None:
        with open(k3s.PROGRAM, 'w', encoding='utf8') as file:
            file.write(f'#!/bin/sh\necho "k3s $*" >>{self.did}\ncat {k3s.CONFIG} >>{self.did}\nexit {status}\n')
        os.chmod(k3s.PROGRAM, 0o755)

    def done(self) -> List[str]:
        with open(self.did, encoding='utf8') as file:
            return file.read().splitlines()

    def test_all_is_still_before_the_reset_which_names_no_other_server(self) -> None:
        self.program(0)
        status, shown = self.at_terminal('n1\n', 'rescue')
        self.assertEqual(status, 0, shown)
        self.assertIn('now the only member', shown)
        self.assertEqual(self.done(), [
            'stop homepbp-join.service', 'stop k3s.service', 'k3s server --cluster-reset', 'node-name: "n1"',
            'start_plain homepbp-join.service'])

    def test_a_reset_that_fails_leaves_the_agent_running_and_says_so(self) -> None:
        self.program(1)
        status, shown = self.at_terminal('n1\n', 'rescue')
        self.assertEqual(status, 1)
        self.assertIn('could not reset the cluster', shown)
        self.assertEqual(self.done()[-1], 'start_plain homepbp-join.service')

    def test_without_k3s_it_says_so_too(self) -> None:
        status, shown = self.at_terminal('n1\n', 'rescue')
        self.assertEqual(status, 1)
        self.assertIn('k3s did not finish', shown)
        self.assertEqual(self.done()[-1], 'start_plain homepbp-join.service')

    def test_a_node_without_data_is_refused_before_anything_is_asked(self) -> None:
        os.rmdir(k3s.WAL)
        self.assertFalse(k3s_data.has_wal())
        status, shown = self.at_terminal('', 'rescue')
        self.assertEqual(status, 1)
        self.assertIn('no cluster data', shown)
        self.assertFalse(os.path.exists(self.did))
