"""What people are told, and how often; and the program's own loop."""
import json
import os
import time
import unittest
from typing import List, Optional
from unittest import mock

from checkin import client
from enroll import __main__ as program
from enroll import places, saying
from enroll.decide import Kept
from enroll.rounds import Outcome
from enroll.test_scene import MAC, NEWER, OLD, SERVER, OnANode
from join.shell import notices


def outcome(used: object, trouble: Optional[str], is_heard: bool = True) -> Outcome:
    return Outcome(Kept(used, None), is_heard, trouble)  # type: ignore[arg-type]


class Sentences(unittest.TestCase):
    def test_without_secrets_everything_is_news(self) -> None:
        for is_heard in (False, True):
            said = saying.sentence(outcome(None, 'no answer', is_heard))
            self.assertEqual(said, ('this node waits for its secrets: no answer', True))

    def test_with_secrets_a_silent_genesis_is_none(self) -> None:
        said = saying.sentence(outcome(SERVER, 'no answer', False))
        self.assertFalse(said.is_news)
        self.assertIn(f'this node is enrolled (set {SERVER.set}); not asked for newer ones: no answer', said.text)
        said = saying.sentence(outcome(SERVER, 'Genesis says: no'))
        self.assertEqual(said, ('this node goes on with the secrets that it has: Genesis says: no', True))

    def test_all_is_well(self) -> None:
        self.assertEqual(saying.sentence(outcome(SERVER, None)), (f'this node is enrolled (set {SERVER.set})', False))
        self.assertIn('from before enrolment', saying.sentence(outcome(OLD, None)).text)
        staged = saying.sentence(Outcome(Kept(SERVER, NEWER), True, None)).text
        self.assertIn(f'a newer set ({NEWER.set}) is kept, and not used yet', staged)

    def test_no_secret_is_told(self) -> None:
        text = json.dumps(saying.as_json(Outcome(Kept(SERVER, NEWER), True, 'x')))
        for secret in (SERVER.token, SERVER.peer_key, SERVER.agent_token, NEWER.token):
            self.assertNotIn(str(secret), text)


class Pauses(unittest.TestCase):
    def test_they_grow_while_there_are_no_secrets(self) -> None:
        pauses = [saying.pause(outcome(None, 'x'), rounds, 0.5) for rounds in (0, 1, 2, 6, 7, 10 ** 9)]
        self.assertEqual(pauses, [5.0, 7.5, 11.25, 56.953125, 60.0, 60.0])

    def test_nodes_do_not_ask_in_step(self) -> None:
        self.assertEqual([round(saying.pause(outcome(SERVER, None), 0, one)) for one in (0.0, 0.5, 1.0)], [480, 600, 720])

    def test_the_same_is_said_again_only_after_a_time(self) -> None:
        repeats, news = saying.Repeats(), saying.Said('no', True)
        times = [0.0, 299.0, 300.0, 301.0, 600.0]
        self.assertEqual([repeats.is_due(news, False, now) for now in times], [True, False, True, False, True])
        self.assertTrue(repeats.is_due(saying.Said('another', True), True, 601.0))
        self.assertFalse(repeats.is_due(saying.Said('another', True), True, 4200.0))
        self.assertTrue(repeats.is_due(saying.Said('another', True), True, 4201.0))
        self.assertFalse(repeats.is_due(saying.Said('all is well', False), True, 9999.0))


class Ended(Exception):
    """The loop has run as often as the test wants."""


class TheProgram(OnANode):
    def run_rounds(self, count: int) -> List[str]:
        """What is said on the consoles in that many rounds."""
        said: List[str] = []
        pauses = mock.Mock(side_effect=[None] * (count - 1) + [Ended])
        clock = mock.Mock(sleep=pauses, monotonic=time.monotonic)
        with mock.patch.object(notices, 'say', said.append), mock.patch.object(program, 'time', clock), \
                mock.patch.object(client, 'BOOT_ENV', places.BOOT_ENV), mock.patch('builtins.print'), \
                self.assertRaises(Ended):
            program.main()
        return said

    def enrolment(self) -> 'dict[str, object]':
        with open(places.ENROLMENT, encoding='utf8') as file:
            found: 'dict[str, object]' = json.load(file)
        return found

    def test_a_refusal_is_shown_everywhere_and_not_at_each_round(self) -> None:
        self.genesis.says(409, b'n1 is enrolled since 2026-11-01 with another disk, from 10.0.0.7')
        said = self.run_rounds(3)
        self.assertEqual(len(self.genesis.asked), 3)
        expected = ("this node waits for its secrets: GENESIS REFUSES THIS NODE'S KEY: "
                    'n1 is enrolled since 2026-11-01 with another disk, from 10.0.0.7')
        self.assertEqual(said, [expected])
        self.assertEqual(self.enrolment()['says'], expected)
        self.assertEqual(self.genesis.told, [{'mac': MAC, 'stage': 'cluster', 'message': 'enrolment', 'error': expected}])

    def test_each_refusal_is_told(self) -> None:
        for status in (400, 403, 404, 413, 429, 503):
            self.genesis.says(status, f'because of {status}'.encode())
            said = self.run_rounds(1)
            self.assertEqual(said, [f'this node waits for its secrets: Genesis says: because of {status}'])
            self.assertEqual(self.genesis.told[-1]['error'], said[0])

    def test_once_it_has_them_all_is_quiet(self) -> None:
        self.genesis.gives(SERVER)
        self.assertEqual(self.run_rounds(3), [])
        self.assertEqual(self.genesis.told, [])
        self.assertEqual(self.enrolment(), {
            'version': 1, 'says': f'this node is enrolled (set {SERVER.set})', 'secrets': 2, 'set': SERVER.set,
            'staged': None, 'trouble': None})
        self.assertEqual(os.stat(places.ENROLMENT).st_mode & 0o777, 0o644)

    def test_silence_is_said_but_not_to_genesis(self) -> None:
        self.write(places.BOOT_ENV, f'HOMEPBP_BASE=http://127.0.0.1:1\nHOMEPBP_NODE={MAC}\n')
        [said] = self.run_rounds(2)
        self.assertIn('Genesis (http://127.0.0.1:1) does not answer: ', said)
        self.has(SERVER)
        self.assertEqual(self.run_rounds(2), [])


if __name__ == '__main__':
    unittest.main()
