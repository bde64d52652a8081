import json
import os
import tempfile
import unittest
from typing import Any, List
from unittest import mock

from join.shell import __main__ as main
from join.shell import durable, enrolment, notices, paths


class Enough(Exception):
    """The test has seen enough of an endless loop."""


class Enrolment(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ('NODE', 'SECRETS', 'ENROLMENT', 'STATUS', 'BOOT', 'DISK'):
            patch = mock.patch.object(paths, name, os.path.join(folder.name, name))
            patch.start()
            self.addCleanup(patch.stop)

    def write(self, path: str, value: Any) -> None:
        durable.write_json(path, value)

    def test_the_secrets_on_state(self) -> None:
        self.write(paths.SECRETS, {'version': 1})
        self.assertEqual(enrolment.secrets(), {'version': 1})
        with open(paths.SECRETS, 'w', encoding='utf8') as file:
            file.write('{')
        with self.assertRaises(durable.Unreadable) as caught:
            enrolment.secrets()
        self.assertNotIsInstance(caught.exception, enrolment.NotEnrolled)

    def test_while_there_are_none_enrolment_says_why(self) -> None:
        with self.assertRaisesRegex(enrolment.NotEnrolled, 'homepbp-enroll.service has not said why'):
            enrolment.secrets()
        self.write(paths.ENROLMENT, {'says': 'Genesis says: no'})
        with self.assertRaisesRegex(enrolment.NotEnrolled, '^Genesis says: no$'):
            enrolment.secrets()

    def wait_once(self) -> List[str]:
        """What the agent says on the console while it waits for its secrets."""
        said: List[str] = []
        with mock.patch.object(notices, 'say', said.append), mock.patch('time.sleep', side_effect=Enough), \
                self.assertRaises(Enough):
            main.usable_seed(main.Patience())
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

    def test_other_secrets_end_the_wait(self) -> None:
        self.write(paths.SECRETS, {'version': 1})
        enrolment.secrets()
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
