import unittest
from typing import List

from join.inputs import K3sExited, K3sStatus
from join.model import Founded, Member, Votes
from join.others import Server
from join.outputs import Say, StartK3s, StopK3s
from join.test_scene import CA, Trial, config_of, facts_of, kinds, status_of
from join.timing import READY_WITHIN

OURS = Server('10.0.0.2', True, CA, True, members=('n2', 'n3'))


def joining(**changes: object) -> Trial:
    """n1, blank, has just begun to join."""
    trial = Trial(facts_of(votes=Votes(founded=Founded(1, CA)), **changes))
    trial.live(0.0, 10.0, servers=(OURS,))
    assert len(starts(trial)) == 1
    return trial


def starts(trial: Trial) -> List[StartK3s]:
    return kinds(trial.done, StartK3s)


def stops(trial: Trial) -> int:
    return len(kinds(trial.done, StopK3s))


def wait(trial: Trial, start: float, end: float) -> None:
    """Time goes by, with nothing but the agent's own timer."""
    now = start
    while now < end:
        trial.at(now)
        now = max(now + 0.5, trial.timer)


def until_stopped(trial: Trial, now: float) -> float:
    """When k3s is stopped, by the agent's own timer."""
    count, end = stops(trial), now + 100 * READY_WITHIN
    while stops(trial) == count:
        now = max(now + 0.5, trial.timer)
        assert now < end
        trial.at(now)
    return now


class Overdue(unittest.TestCase):
    def test_a_k3s_that_gives_no_sign_of_life_is_stopped_and_joins_again(self) -> None:
        trial = joining()
        trial.at(20.0, K3sStatus(False))
        now = until_stopped(trial, 20.0)
        self.assertLess(now, READY_WITHIN + 11.0)
        trial.at(now + 1.0, K3sExited('stopped', False))
        trial.live(now + 1.5, now + 60.0, servers=(OURS,))
        self.assertEqual([one.how for one in starts(trial)], ['join', 'join'])

    def test_that_is_said_at_once_and_by_the_next_try(self) -> None:
        trial = joining()
        wait(trial, 20.0, READY_WITHIN - 60.0)
        trial.state.said_at = trial.state.ready_by - 1.0
        now = until_stopped(trial, READY_WITHIN - 60.0)
        self.assertIn('joining for 10 minutes, and its etcd does not answer', kinds(trial.done, Say)[-1].text)
        trial.at(now + 1.0, K3sExited('stopped', False))
        trial.live(now + 1.5, now + 120.0, servers=(OURS,))
        self.assertEqual(
            kinds(trial.done, Say)[-1].text,
            'n1: k3s is joining the server 10.0.0.2 again: last time it never became ready (see journalctl -u k3s)')

    def test_one_that_left_data_goes_on_with_them_and_has_all_the_time_it_needs(self) -> None:
        trial = joining()
        now = until_stopped(trial, 20.0)
        trial.at(now + 1.0, K3sExited('stopped', True))
        trial.live(now + 1.5, now + 20.0)
        self.assertEqual([one.how for one in starts(trial)], ['join', 'member'])
        self.assertIn('never became ready', trial.state.reason)
        wait(trial, now + 20.5, now + 20.0 * READY_WITHIN)
        self.assertEqual((stops(trial), len(starts(trial))), (1, 2))

    def test_a_member_waits_for_its_majority_as_long_as_it_takes(self) -> None:
        for mode in ('founder', 'joined', 'joining'):
            for running in (False, True):
                trial = Trial(facts_of(wal=True, member=Member(1, mode, CA), votes=Votes(), k3s_running=running))
                wait(trial, 0.0, 20.0 * READY_WITHIN)
                self.assertEqual((stops(trial), len(starts(trial))), (0, int(not running)), mode)

    def test_each_time_it_may_take_longer_up_to_a_limit(self) -> None:
        trial = joining()
        now, took = 10.0, []
        for _ in range(6):
            begun, now = now, until_stopped(trial, now)
            took.append(round((now - begun) / READY_WITHIN))
            trial.at(now + 1.0, K3sExited('stopped', False))
            trial.live(now + 1.5, now + 60.0, servers=(OURS,))
            now += 60.0
        self.assertEqual(took, [1, 2, 4, 8, 8, 8])

    def test_once_it_was_up_the_time_is_the_first_again(self) -> None:
        trial = joining()
        now = until_stopped(trial, 20.0)
        trial.at(now + 1.0, K3sExited('stopped', False))
        trial.live(now + 1.5, now + 60.0, servers=(OURS,))
        trial.at(now + 61.0, status_of())
        self.assertEqual((trial.state.k3s, trial.state.overdue), ('up', 0))
        wait(trial, now + 62.0, now + 3.0 * READY_WITHIN)
        self.assertEqual(stops(trial), 1)

    def test_a_learner_whose_etcd_answers_is_slow_and_not_dead(self) -> None:
        trial = joining()
        now = 20.0
        while now < 2 * READY_WITHIN:
            trial.at(now, status_of(learner='n1'))
            now += 5.0
        self.assertEqual(stops(trial), 0)
        self.assertGreater(until_stopped(trial, now), now + READY_WITHIN - 10.0)

    def test_an_agent_looks_for_another_server(self) -> None:
        trial = joining(config=config_of(name='a1', role='agent'))
        now = until_stopped(trial, 20.0)
        self.assertIn('the kubelet does not answer; restarting it', kinds(trial.done, Say)[-1].text)
        self.assertIn('journalctl -u k3s-agent', kinds(trial.done, Say)[-1].text)
        trial.at(now + 1.0, K3sExited('stopped', False))
        trial.live(now + 1.5, now + 60.0, servers=(OURS._replace(address='10.0.0.3'),))
        self.assertEqual([one.server for one in starts(trial)], ['10.0.0.2', '10.0.0.3'])

    def test_an_agent_program_that_starts_beside_a_k3s_that_joins_does_not_wait_for_ever_either(self) -> None:
        trial = Trial(facts_of(member=Member(1, 'joining', CA), votes=Votes(), k3s_running=True))
        self.assertLess(until_stopped(trial, 0.0), READY_WITHIN + 1.0)


if __name__ == '__main__':
    unittest.main()
