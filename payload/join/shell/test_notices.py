import json
import os
import socket
import tempfile
import time
import unittest
from typing import Any, List, Optional
from unittest import mock

from join.keyring import Keyring
from join.root import vocabulary
from join.shell import __main__ as main
from join.shell import clock, durable, facts, notices, paths
from join.shell.root import Root
from join.shell.seed import Seed
from join.test_scene import config_of

SEED = Seed(config_of(), 'secret', Keyring(b'k' * 32), (), None, {})


class Enough(Exception):
    """Ends a wait that has no end."""


class Notified(unittest.TestCase):
    """With the socket that systemd gives to a unit of Type=notify."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.listen(os.path.join(self.folder, 'notify'))
        for name in ('STATUS', 'NODE', 'SECRETS', 'ENROLMENT', 'CONSOLES', 'BOOT', 'DISK'):
            self.patch(paths, name, os.path.join(self.folder, name.lower()))
        self.patch(main, 'Root', lambda: Root(lambda line, seconds: vocabulary.answer(line, lambda: False)))

    def patch(self, module: object, name: str, value: object) -> None:
        patch = mock.patch.object(module, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def listen(self, address: str) -> None:
        self.wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.wire.close)
        self.wire.bind(address)
        self.wire.setblocking(False)
        patch = mock.patch.dict(os.environ, {'NOTIFY_SOCKET': address.replace('\0', '@')})
        patch.start()
        self.addCleanup(patch.stop)

    def heard(self) -> List[str]:
        words = []
        while True:
            try:
                words.append(self.wire.recv(100).decode())
            except BlockingIOError:
                return words

    def test_by_a_path_and_by_an_abstract_name(self) -> None:
        notices.notify('READY=1')
        self.assertEqual(self.heard(), ['READY=1'])
        self.listen(f'\0homepbp-test-{os.getpid()}')
        notices.notify('WATCHDOG=1')
        self.assertEqual(self.heard(), ['WATCHDOG=1'])

    def test_without_systemd_or_with_one_that_is_gone_nothing_happens(self) -> None:
        self.wire.close()
        notices.notify('READY=1')
        with mock.patch.dict(os.environ):
            del os.environ['NOTIFY_SOCKET']
            notices.notify('READY=1')

    def run_main(self, sleeps: int) -> List[float]:
        """The agent's start, until it has waited so often; how long each time."""
        waited: List[float] = []

        def sleep(seconds: float) -> None:
            if len(waited) == sleeps:
                raise Enough
            waited.append(seconds)
        with mock.patch.object(time, 'sleep', sleep), self.assertRaises(Enough):
            main.main()
        return waited

    def test_it_is_ready_at_once_and_feeds_the_watchdog_while_it_waits_for_its_seed(self) -> None:
        self.run_main(3)
        self.assertEqual(self.heard(), ['READY=1', *['WATCHDOG=1'] * 4])
        with open(paths.STATUS, encoding='utf8') as file:
            self.assertIn("cannot read this node's configuration", json.load(file)['says'])

    def test_its_waits_are_short_enough_for_the_watchdog(self) -> None:
        for given, most in (('180000000', 5.0), ('6000000', 2.0), ('', 5.0)):
            with mock.patch.dict(os.environ, {'WATCHDOG_USEC': given}):
                self.assertEqual(self.run_main(1), [most])

    def test_so_it_does_while_the_disk_is_not_there(self) -> None:
        self.patch(main, 'read_seed', lambda read: SEED)
        self.run_main(1)
        with open(paths.STATUS, encoding='utf8') as file:
            self.assertIn('the disk for its data is missing', json.load(file)['says'])

    def test_in_recovery_k3s_stays_off(self) -> None:
        with open(paths.BOOT, 'w', encoding='utf8') as file:
            file.write('HOMEPBP_MODE=recovery\n')
        self.assertEqual(main.main(), 0)
        self.assertEqual(self.heard(), [])

    def test_the_clock_is_right_before_the_agent_judges_any_certificate(self) -> None:
        order: List[str] = []

        def wait(say: object, alive: Any, right: object) -> bool:
            alive()
            order.append('clock')
            return True

        class Agent:
            def __init__(self, seed: Seed, address: str, root: Root) -> None:
                order.append(f'agent at {address}')

            def run(self) -> None:
                raise Enough
        nothing: Optional[str] = None
        self.patch(main, 'read_seed', lambda read: SEED)
        self.patch(facts, 'obstacle', lambda role, read: nothing)
        self.patch(main, 'own_address', lambda root, patience: '10.0.0.1')
        self.patch(clock, 'wait', wait)
        self.patch(main, 'Agent', Agent)
        with self.assertRaises(Enough):
            main.main()
        self.assertEqual(order, ['clock', 'agent at 10.0.0.1'])
        self.assertEqual(self.heard(), ['READY=1', 'WATCHDOG=1'])

    def test_an_agent_that_cannot_start_is_tried_again_and_says_why(self) -> None:
        def agent(seed: Seed, address: str, root: Root) -> None:
            raise durable.Unreadable('state.json: no UUID')
        nothing: Optional[str] = None
        self.patch(main, 'read_seed', lambda read: SEED)
        self.patch(facts, 'obstacle', lambda role, read: nothing)
        self.patch(main, 'own_address', lambda root, patience: '10.0.0.1')
        self.patch(clock, 'wait', lambda say, alive, right: True)
        self.patch(main, 'Agent', agent)
        self.run_main(1)
        with open(paths.STATUS, encoding='utf8') as file:
            self.assertIn('state.json: no UUID', json.load(file)['says'])


class Consoles(unittest.TestCase):
    def test_a_sentence_goes_to_every_console_that_is_there(self) -> None:
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(
                paths, 'CONSOLES', os.path.join(folder, 'consoles')):
            with open(paths.CONSOLES, 'w', encoding='utf8') as file:
                file.write('ttyS9999             -W- (EC p a)    4:64\nnull                 -W- (EC p a)    1:3\n\n')
            written: List[bytes] = []
            real = os.write

            def write(handle: int, data: bytes) -> int:
                written.append(data)
                return real(handle, data)
            with mock.patch.object(os, 'write', write):
                notices.say('n1: waits for n2')
        self.assertEqual(written, [b'homepbp: n1: waits for n2\r\n'])
