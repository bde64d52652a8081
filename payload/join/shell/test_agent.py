import unittest
from types import SimpleNamespace
from typing import Any, Callable
from unittest import mock

from join.model import Member
from join.outputs import CheckIn
from join.shell import genesis
from join.shell.agent import Agent, Patience


class Lasting(unittest.TestCase):
    def test_it_runs_out_once_each_time(self) -> None:
        patience = Patience(30)
        seen = [patience.is_over(True, now) for now in (0.0, 29.0, 30.0, 31.0)]
        self.assertEqual(seen, [False, False, True, False])
        self.assertFalse(patience.is_over(False, 32.0))
        self.assertFalse(patience.is_over(True, 33.0))
        self.assertTrue(patience.is_over(True, 63.0))


class CheckIns(unittest.TestCase):
    def test_a_founding_is_of_the_epoch_that_was_decided_in(self) -> None:
        def at_once(work: Callable[[], object]) -> None:
            work()

        agent: Any = SimpleNamespace(
            state=SimpleNamespace(member=Member(epoch=4, mode='founder')), in_background=at_once,
            seed=SimpleNamespace(config=SimpleNamespace(epoch=1)))
        with mock.patch.object(genesis, 'check_in') as told:
            Agent.check_in(agent, CheckIn('founded', 'ab12'))
            Agent.check_in(agent, CheckIn('ready', 'founded the cluster'))
        self.assertEqual(
            told.call_args_list, [mock.call('founded', 'ab12', 4), mock.call('ready', 'founded the cluster', None)])
