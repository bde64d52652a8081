import unittest
from typing import Any, List

from join.inputs import K3sExited, Scanned
from join.model import Founded, Member, Votes
from join.others import Server
from join.outputs import PersistMember, Say, Scan, StartK3s
from join.test_scene import CA, OTHER_CA, Trial, config_of, facts_of, kinds
from join.timing import JOIN_HOLD, JOIN_TURN

OURS = Server('10.0.0.2', True, CA, True, members=('n2', 'n3'))


def told(**changes: Any) -> Trial:
    """n1, blank, which has heard of the cluster CA."""
    return Trial(facts_of(votes=Votes(founded=Founded(1, CA)), **changes))


def starts(trial: Trial) -> List[StartK3s]:
    return kinds(trial.done, StartK3s)


class Joining(unittest.TestCase):
    def test_a_verified_server_is_joined_and_that_is_remembered_first(self) -> None:
        trial = told()
        outputs = trial.live(0.0, 10.0, servers=(OURS,))
        start = StartK3s('join', '10.0.0.2', CA)
        self.assertEqual(starts(trial), [start])
        marker = PersistMember(Member(1, 'joining', CA, (), '10.0.0.2'))
        self.assertLess(outputs.index(marker), outputs.index(start))

    def test_other_servers_are_not(self) -> None:
        for server in (OURS._replace(verified=False), OURS._replace(ca_hash=OTHER_CA), OURS._replace(ca_hash=None)):
            trial = told()
            trial.live(0.0, 120.0, 'n2', 'n3', servers=(server,))
            self.assertEqual(starts(trial), [], str(server))

    def test_a_cluster_of_an_epoch_that_is_over_is_not(self) -> None:
        trial = told(config=config_of(epoch=2))
        trial.live(0.0, 60.0, servers=(OURS,))
        self.assertEqual(starts(trial), [])

    def test_a_pinned_server_is_joined_unheard_of(self) -> None:
        trial = Trial(facts_of(config=config_of(ca_hash=CA, join_only=True, hints=('10.0.0.2',))))
        trial.live(0.0, 10.0, servers=(OURS,))
        self.assertEqual(starts(trial), [StartK3s('join', '10.0.0.2', CA)])

    def test_a_scan_that_is_old_is_made_again_first(self) -> None:
        trial = told()
        trial.at(1.0, Scanned((OURS,)))
        trial.at(40.0)
        self.assertEqual(starts(trial), [])
        trial.at(41.0, Scanned((OURS,)))
        self.assertEqual(len(starts(trial)), 1)

    def test_an_agent_joins_as_one(self) -> None:
        trial = told(config=config_of(name='a1', role='agent'))
        trial.live(0.0, 10.0, servers=(OURS,))
        self.assertEqual(starts(trial), [StartK3s('agent', '10.0.0.2', CA)])

    def test_a_server_without_the_agents_token_is_joined_without_it(self) -> None:
        trial = told()
        trial.live(0.0, 10.0, servers=(OURS._replace(takes_agents=False),))
        self.assertEqual(starts(trial), [StartK3s('join', '10.0.0.2', CA, False)])

    def test_an_agent_that_one_server_refuses_joins_another_and_says_so(self) -> None:
        refusing = Server('10.0.0.9', False, CA, True, refuses=True)
        trial = told(config=config_of(name='a1', role='agent'))
        trial.live(0.0, 10.0, servers=(refusing, OURS))
        self.assertEqual(starts(trial), [StartK3s('agent', '10.0.0.2', CA)])
        self.assertIn("10.0.0.9 refused this agent's token", trial.state.reason)

    def test_an_agent_that_all_refuse_says_so_and_joins_once_one_does_not(self) -> None:
        refusing = Server('10.0.0.9', False, CA, True, refuses=True)
        trial = told(config=config_of(name='a1', role='agent'))
        trial.live(0.0, 60.0, servers=(refusing,))
        self.assertEqual(starts(trial), [])
        said = kinds(trial.done, Say)[-1].text
        self.assertRegex(said, "^a1: 10.0.0.9 refused this agent's token, and no other server answers: .*reboot")
        trial.live(60.5, 90.0, servers=(refusing._replace(verified=True, refuses=False),))
        self.assertEqual(starts(trial), [StartK3s('agent', '10.0.0.9', CA)])

    def test_an_agent_takes_any_of_the_servers(self) -> None:
        taken = set()
        for seed in range(20):
            trial = told(config=config_of(name='a1', role='agent'), seed=seed)
            trial.live(0.0, 10.0, servers=(OURS, OURS._replace(address='10.0.0.3')))
            taken.add(starts(trial)[0].server)
        self.assertEqual(taken, {'10.0.0.2', '10.0.0.3'})


class Turns(unittest.TestCase):
    def test_it_waits_while_another_joins(self) -> None:
        trial = told()
        trial.at(0.5, trial.hello('n3', joining=True, standing='former', founded=(1, CA)))
        trial.live(1.0, 30.0, servers=(OURS,))
        self.assertEqual((starts(trial), trial.state.reason), ([], 'waiting for n3 to join'))

    def test_but_not_for_ever(self) -> None:
        trial = told()
        now = 0.5
        while now < JOIN_HOLD + 60:
            trial.at(now, trial.hello('n3', joining=True, standing='former', founded=(1, CA)))
            trial.live(now + 0.5, now + 4.0, servers=(OURS,))
            now += 5.0
        self.assertEqual(len(starts(trial)), 1)

    def test_it_waits_while_the_server_lists_a_learner(self) -> None:
        trial = told()
        trial.live(0.0, 60.0, servers=(OURS._replace(learner=True),))
        self.assertEqual((starts(trial), trial.state.reason), ([], 'waiting for another server to join'))

    def test_once_somebody_says_that_it_has_joined_it_looks_again_and_joins(self) -> None:
        trial = told()
        busy = OURS._replace(learner=True)
        trial.live(0.0, 20.0, servers=(busy,))
        trial.at(21.0, trial.hello('n3', standing='member', votes_from=2, founded=(1, CA)))
        begun, now = len(trial.done), 21.0
        while not starts(trial):
            asked = kinds(trial.done[begun:], Scan)
            trial.at(now, *([Scanned((OURS,))] if asked and trial.state.scanning else []))
            now += 0.5
            self.assertLess(now, 21.0 + 2 * JOIN_TURN, 'sooner than the next scan would be due')
        self.assertEqual(len(kinds(trial.done[begun:], Scan)), 1)

    def test_not_while_the_server_still_lists_the_learner(self) -> None:
        trial = told()
        busy = OURS._replace(learner=True)
        trial.live(0.0, 20.0, servers=(busy,))
        trial.at(21.0, trial.hello('n3', standing='member', votes_from=2, founded=(1, CA)))
        trial.live(21.5, 60.0, servers=(busy,))
        self.assertEqual((starts(trial), trial.state.reason), ([], 'waiting for another server to join'))

    def test_a_member_that_was_heard_before_the_scan_says_nothing_of_the_learner_in_it(self) -> None:
        trial = told()
        trial.at(0.0, trial.hello('n3', standing='member', votes_from=2, founded=(1, CA)))
        trial.live(0.5, 14.0, servers=(OURS._replace(learner=True),))
        self.assertEqual(trial.state.reason, 'waiting for another server to join')
        self.assertEqual(len(kinds(trial.done, Scan)), 1)

    def test_lower_names_go_first(self) -> None:
        times = []
        for names in ((), ('n2', 'n3')):
            trial = told(config=config_of(name='n4'))
            trial.at(0.0, *[trial.hello(name, founded=(1, CA)) for name in names])
            now = 0.5
            while not starts(trial) and now < 60.0:
                trial.live(now, now, servers=(OURS._replace(members=()),))
                now += 0.5
            times.append(now)
        self.assertGreaterEqual(times[1], times[0] + 2.0)

    def test_its_own_old_membership_has_to_go_first(self) -> None:
        trial = told()
        trial.live(0.0, 60.0, servers=(OURS._replace(members=('n1', 'n2')),))
        self.assertEqual(starts(trial), [])
        self.assertIn('homepbp forget n1', trial.state.reason)

    def test_unless_it_was_just_joining(self) -> None:
        trial = told(member=Member(1, 'joining', CA))
        trial.live(0.0, 10.0, servers=(OURS._replace(members=('n1', 'n2')),))
        self.assertEqual(len(starts(trial)), 1)

    def fail_four_times(self, words: str) -> Trial:
        trial = told()
        now, waits = 0.0, []
        for _ in range(4):
            begun = now
            count = len(starts(trial))
            while len(starts(trial)) == count:
                trial.live(now, now, servers=(OURS,))
                now += 0.5
                self.assertLess(now, 600.0)
            waits.append(now - begun)
            trial.at(now, K3sExited('other', False, words=words))
        self.assertGreater(waits[3], waits[1] + 10.0)
        trial.live(now + 0.5, now + 2.0, servers=(OURS,))
        self.assertIn('keeps exiting before it is ready', trial.state.reason)
        return trial

    def test_a_join_that_fails_is_tried_again_more_slowly_and_says_so(self) -> None:
        trial = self.fail_four_times('starting kubernetes: token CA hash does not match')
        self.assertNotIn('forget', trial.state.reason, 'which would not help')

    def test_where_etcd_takes_nobody_it_is_said_what_helps(self) -> None:
        trial = self.fail_four_times('joining etcd cluster: etcdserver: unhealthy cluster')
        self.assertIn('homepbp forget NAME', trial.state.reason)

    def test_an_agent_is_told_of_its_own_unit_and_not_of_etcd(self) -> None:
        trial = told(config=config_of(name='a1', role='agent'))
        trial.state.failures = 2
        trial.live(0.0, 10.0, servers=(OURS,))
        self.assertEqual(
            trial.state.reason,
            'k3s is joining the server 10.0.0.2, but it keeps exiting before it is ready (see journalctl -u k3s-agent)')
