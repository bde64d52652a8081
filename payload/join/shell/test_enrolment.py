import json
import os
import unittest
from typing import List
from unittest import mock

from join.shell import __main__ as main
from join.shell import durable, enrolment, facts, notices, paths
from join.shell.test_node import Node
from join.shell.test_seed import NODE, SERVERS_SECRETS


class Enough(Exception):
    """The test has seen enough of an endless loop."""


class Enrolment(Node):
    def setUp(self) -> None:
        super().setUp()
        os.unlink(paths.SECRETS)

    def test_the_secrets_on_state(self) -> None:
        self.write(paths.SECRETS, {'version': 1})
        self.assertEqual(enrolment.secrets(self.root.read), {'version': 1})
        with open(paths.SECRETS, 'w', encoding='utf8') as file:
            file.write('{')
        with self.assertRaises(durable.Unreadable) as caught:
            enrolment.secrets(self.root.read)
        self.assertNotIsInstance(caught.exception, enrolment.NotEnrolled)

    def test_while_there_are_none_enrolment_says_why(self) -> None:
        with self.assertRaisesRegex(enrolment.NotEnrolled, 'homepbp-enroll.service has not said why'):
            enrolment.secrets(self.root.read)
        self.write(paths.ENROLMENT, {'says': 'Genesis says: no'})
        with self.assertRaisesRegex(enrolment.NotEnrolled, '^Genesis says: no$'):
            enrolment.secrets(self.root.read)

    def wait_once(self) -> List[str]:
        """What the agent says on the console while it waits for its secrets."""
        said: List[str] = []
        with mock.patch.object(notices, 'to_consoles', said.append), mock.patch('time.sleep', side_effect=Enough), \
                self.assertRaises(Enough):
            main.usable_seed(self.root, main.Patience(self.root))
        return said

    def test_the_agent_waits_in_the_words_of_enrolment_and_leaves_the_console_to_it(self) -> None:
        self.write(paths.NODE, {'name': 'n1'})
        self.assertEqual(self.wait_once(), [], 'it has just started, too')
        with mock.patch.object(main, 'ENROLMENT_SECONDS', -1.0):
            [said] = self.wait_once()
        self.assertIn('homepbp-enroll.service has not said why', said)
        self.write(paths.ENROLMENT, {'says': 'Genesis says: no'})
        with mock.patch.object(main, 'ENROLMENT_SECONDS', -1.0):
            self.assertEqual(self.wait_once(), [])
        with open(paths.STATUS, encoding='utf8') as file:
            self.assertEqual(json.load(file)['says'], 'Genesis says: no')

    def test_a_node_with_secrets_of_before_waits_until_genesis_was_asked_for_the_new_ones(self) -> None:
        self.write(paths.NODE, NODE)
        self.write(paths.SECRETS, {'version': 1, 'token': 'secret', 'peer_key': 'key'})
        self.write(paths.ENROLMENT, {'version': 1, 'says': 'asks'})
        with mock.patch.object(facts, 'obstacle', return_value=None):
            self.assertEqual(self.wait_once(), [])
            with mock.patch.object(main, 'ENROLMENT_SECONDS', -1.0):
                self.assertTrue(main.usable_seed(self.root, main.Patience(self.root)).is_old, 'but not for ever')
            self.write(paths.ENROLMENT, {'version': 1, 'says': 'nobody answers', 'secrets': 1})
            self.assertTrue(main.usable_seed(self.root, main.Patience(self.root)).is_old)

    def test_one_with_new_ones_does_not_wait(self) -> None:
        self.write(paths.NODE, NODE)
        self.write(paths.SECRETS, SERVERS_SECRETS)
        with mock.patch.object(facts, 'obstacle', return_value=None):
            self.assertEqual(main.usable_seed(self.root, main.Patience(self.root)).agent_token, 'for agents')

    def test_other_secrets_end_the_wait(self) -> None:
        self.write(paths.SECRETS, {'version': 1})
        enrolment.secrets(self.root.read)
        looks: List[float] = []

        def sleep(seconds: float) -> None:
            looks.append(seconds)
            if len(looks) == 2:
                os.unlink(paths.SECRETS)
            if len(looks) == 4:
                self.write(paths.SECRETS, {'version': 2})
        with mock.patch('time.sleep', sleep), mock.patch('builtins.print'):
            enrolment.until_renewed()
        self.assertEqual(len(looks), 4)


if __name__ == '__main__':
    unittest.main()
