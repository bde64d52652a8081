import os
import tempfile
import unittest
from typing import List
from unittest import mock

from join.shell import clock, paths


class Time:
    """A clock that goes on by what is slept."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def gmtime(self) -> None:
        return None

    def strftime(self, form: str, _: object) -> str:
        return '1970-01-01 00:01'


class Waiting(unittest.TestCase):
    def setUp(self) -> None:
        self.time = Time()
        patch = mock.patch.object(clock, 'time', self.time)
        patch.start()
        self.addCleanup(patch.stop)
        self.said: List[str] = []
        self.beats = 0

    def wait(self, right_after: float) -> bool:
        begun = self.time.now
        return clock.wait(self.said.append, self.beat, lambda: self.time.now - begun >= right_after)

    def beat(self) -> None:
        self.beats += 1

    def test_a_right_clock_is_not_waited_for(self) -> None:
        self.assertTrue(self.wait(0.0))
        self.assertEqual((self.said, self.time.now), ([], 1000.0))

    def test_a_short_wait_is_silent(self) -> None:
        self.assertTrue(self.wait(3.0))
        self.assertEqual(self.said, [])

    def test_a_longer_one_is_said_once_and_ends_when_the_time_is_there(self) -> None:
        self.assertTrue(self.wait(20.0))
        self.assertEqual(len(self.said), 1)
        self.assertIn('at most 60 s', self.said[0])
        self.assertLess(self.time.now, 1022.0)

    def test_without_a_time_server_it_goes_on_after_a_minute_and_says_so(self) -> None:
        self.assertFalse(self.wait(9999.0))
        self.assertLessEqual(self.time.now, 1000.0 + clock.MOST_SECONDS + clock.TRY_EVERY)
        self.assertIn('continuing with this clock (1970-01-01 00:01 UTC)', self.said[-1])
        self.assertIn('no server can be verified', self.said[-1])

    def test_the_watchdog_hears_of_it_all_the_while(self) -> None:
        self.wait(9999.0)
        self.assertGreaterEqual(self.beats, 59)


class Right(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        right = mock.patch.object(paths, 'CLOCK_IS_RIGHT', os.path.join(self.folder, 'synchronized'))
        right.start()
        self.addCleanup(right.stop)
        path = mock.patch.dict(os.environ, {'PATH': self.folder + ':/usr/bin:/bin'})
        path.start()
        self.addCleanup(path.stop)

    def timedatectl(self, says: str) -> None:
        path = os.path.join(self.folder, 'timedatectl')
        with open(path, 'w', encoding='utf8') as file:
            file.write(f'#!/bin/sh\necho {says}\n')
        os.chmod(path, 0o755)

    def test_timesyncd_leaves_a_file(self) -> None:
        self.timedatectl('no')
        self.assertFalse(clock.is_right())
        with open(paths.CLOCK_IS_RIGHT, 'w', encoding='utf8'):
            pass
        self.assertTrue(clock.is_right())

    def test_of_another_time_service_systemd_knows(self) -> None:
        self.timedatectl('yes')
        self.assertTrue(clock.is_right())

    def test_without_any_it_is_not_known_to_be_right(self) -> None:
        with mock.patch.dict(os.environ, {'PATH': self.folder}):
            self.assertFalse(clock.is_right())
