import unittest
from typing import List, Optional

from join.inputs import DbSetAside, K3sExited, K3sStatus, Scanned
from join.messages import Prepare
from join.model import Founded, Member, Votes
from join.others import EtcdMember, Server
from join.outputs import CheckIn, KeepServer, PersistMember, Say, SetDbAside, StartK3s, StopK3s
from join.test_scene import CA, OTHER_CA, Trial, bodies, config_of, facts_of, founded, kinds, status_of
from join.timing import ASIDE_LOST, RESTART


def starts(trial: Trial) -> List[StartK3s]:
    return kinds(trial.done, StartK3s)


def just_founded() -> Trial:
    """n1, whose inventory is n1 alone, has begun to found."""
    trial = Trial(facts_of(config=config_of(1)))
    trial.live(0.0, 30.0)
    return trial


class Founder(unittest.TestCase):
    def test_once_etcd_answers_the_marker_comes_first_then_cluster_init_goes(self) -> None:
        trial = just_founded()
        outputs = trial.at(40.0, status_of(count=1))
        order = [type(one) for one in outputs]
        self.assertEqual(order[:2], [PersistMember, KeepServer])
        self.assertEqual(kinds(outputs, KeepServer), [KeepServer(None, CA)])
        self.assertEqual(trial.state.member, Member(1, 'founder', CA))
        self.assertEqual([one.stage for one in kinds(outputs, CheckIn)], ['founded', 'ready'])

    def test_a_member_that_was_up_before_the_agent_gets_the_configuration_of_its_new_secrets(self) -> None:
        member = Member(1, 'joined', CA, (), '10.0.0.2')
        trial = Trial(facts_of(wal=True, member=member, votes=Votes(), k3s_running=True))
        self.assertEqual(kinds(trial.at(1.0, status_of()), KeepServer), [KeepServer('10.0.0.2', CA)])
        self.assertEqual(starts(trial), [])

    def test_as_soon_as_another_is_a_member_its_address_is_kept(self) -> None:
        trial = just_founded()
        trial.at(40.0, status_of(count=1))
        outputs = trial.at(50.0, status_of(count=2))
        self.assertEqual(kinds(outputs, KeepServer), [KeepServer('10.0.0.2', CA)])
        self.assertIn(PersistMember(Member(1, 'founder', CA, (), '10.0.0.2')), outputs)

    def test_an_address_that_still_is_a_members_stays(self) -> None:
        trial = just_founded()
        trial.at(40.0, status_of(count=3))
        self.assertEqual(kinds(trial.at(50.0, status_of('n2', count=3)), KeepServer), [])
        gone = K3sStatus(True, CA, tuple(one for one in status_of(count=3).members if one.name != 'n2'))
        self.assertEqual(kinds(trial.at(60.0, gone), KeepServer), [KeepServer('10.0.0.3', CA)])

    def test_one_that_hears_of_a_cluster_before_its_own_is_up_stops_and_joins(self) -> None:
        trial = just_founded()
        trial.at(31.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, OTHER_CA)))
        self.assertEqual(kinds(trial.done, StopK3s), [StopK3s()])
        trial.at(32.0, K3sExited('stopped', False))
        server = Server('10.0.0.2', True, OTHER_CA, True)
        trial.live(33.0, 60.0, servers=(server,))
        self.assertEqual(starts(trial)[-1], StartK3s('join', '10.0.0.2', OTHER_CA))

    def test_what_it_had_begun_by_then_is_set_aside_and_never_started_again(self) -> None:
        trial = just_founded()
        trial.at(31.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, OTHER_CA)))
        trial.at(32.0, K3sExited('stopped', True))
        trial.live(33.0, 60.0)
        self.assertEqual(kinds(trial.done, SetDbAside), [SetDbAside()])
        trial.at(60.0, DbSetAside())
        trial.live(61.0, 120.0, servers=(Server('10.0.0.2', True, OTHER_CA, True),))
        self.assertEqual([one.how for one in starts(trial)], ['init', 'join'])

    def test_it_is_stopped_once_and_what_k3s_still_says_counts_no_more(self) -> None:
        trial = just_founded()
        trial.at(31.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, OTHER_CA)))
        trial.at(31.5, status_of(count=1))
        trial.at(32.0)
        self.assertEqual(kinds(trial.done, StopK3s), [StopK3s()])
        self.assertEqual((trial.state.k3s, kinds(trial.done, CheckIn)), ('stopping', []))
        self.assertIn('stopping, to join that one', trial.state.reason)

    def test_one_that_hears_of_it_in_the_same_moment_as_its_etcd_answers_stops_too(self) -> None:
        trial = just_founded()
        told = trial.hello('n2', standing='member', votes_from=2, founded=(1, OTHER_CA))
        outputs = trial.at(31.0, told, status_of(count=1))
        self.assertEqual((kinds(outputs, StopK3s), kinds(outputs, CheckIn)), ([StopK3s()], []))
        self.assertEqual(trial.state.member, Member(1, 'founding'))

    def test_one_whose_k3s_ends_by_itself_goes_on_with_what_it_had_begun(self) -> None:
        trial = just_founded()
        trial.at(31.0, K3sExited('other', True))
        trial.live(32.0, 60.0)
        self.assertEqual(kinds(trial.done, SetDbAside), [])
        self.assertEqual([one.how for one in starts(trial)], ['init', 'member'])

    def test_data_of_an_epoch_that_is_over_is_not_touched(self) -> None:
        trial = just_founded()
        trial.at(31.0, trial.hello('n2', standing='member', votes_from=2, founded=(2, OTHER_CA)))
        trial.at(32.0, K3sExited('stopped', True))
        trial.live(33.0, 60.0)
        self.assertEqual((kinds(trial.done, SetDbAside), len(starts(trial))), ([], 1))

    def test_one_that_hears_of_a_cluster_of_an_older_epoch_goes_on(self) -> None:
        trial = Trial(facts_of(config=config_of(1, epoch=2)))
        trial.live(0.0, 30.0)
        trial.at(31.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, OTHER_CA)))
        self.assertEqual((len(starts(trial)), kinds(trial.done, StopK3s)), (1, []))

    def test_one_that_is_up_stays_up_whatever_it_hears(self) -> None:
        trial = just_founded()
        trial.at(40.0, status_of(count=1))
        trial.at(41.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, OTHER_CA)))
        self.assertEqual(kinds(trial.done, StopK3s), [])

    def test_a_learner_is_not_up_yet(self) -> None:
        trial = just_founded()
        learner = K3sStatus(True, CA, (EtcdMember('n1', True, True),))
        for status in (learner, K3sStatus(False), K3sStatus(True, None, learner.members)):
            trial.at(40.0, status)
            self.assertEqual(trial.state.k3s, 'starting')


class Members(unittest.TestCase):
    def started(self, member: Optional[Member], **changes: bool) -> Trial:
        trial = Trial(facts_of(wal=True, member=member, votes=Votes(), **changes))
        return trial

    def test_the_wal_decides_at_once_with_the_server_that_was_kept(self) -> None:
        trial = self.started(Member(1, 'joined', CA, (), '10.0.0.2'))
        self.assertEqual(starts(trial), [StartK3s('member', '10.0.0.2', CA)])

    def test_a_wal_without_a_marker_gets_one_first(self) -> None:
        trial = Trial(facts_of(wal=True))
        self.assertEqual(kinds(trial.done, PersistMember), [PersistMember(Member(1, 'joined'))])
        self.assertEqual(starts(trial), [StartK3s('member', None, None)])

    def test_an_agent_that_is_started_again_beside_a_running_k3s_does_not_start_another(self) -> None:
        trial = self.started(Member(1, 'joined', CA), k3s_running=True)
        self.assertEqual(starts(trial), [])

    def test_a_k3s_that_ends_is_started_again_after_a_pause_that_grows(self) -> None:
        trial = self.started(Member(1, 'joined', CA))
        pauses, now = [], 0.0
        for _ in range(3):
            count = len(starts(trial))
            trial.at(now, K3sExited('other', True))
            begun = now
            while len(starts(trial)) == count:
                now += 0.5
                trial.at(now)
                self.assertLess(now, 300.0)
            pauses.append(now - begun)
        self.assertGreaterEqual(pauses[0], RESTART)
        self.assertGreater(pauses[2], 2 * pauses[0])

    def test_after_it_was_up_the_pause_is_the_first_again(self) -> None:
        trial = self.started(Member(1, 'joined', CA))
        for now in (100.0, 200.0, 300.0):
            trial.at(now, K3sExited('other', True))
            trial.at(now + 90.0)
        trial.at(391.0, status_of())
        trial.at(392.0, K3sExited('other', True))
        self.assertLess(trial.state.start_at, 392.0 + 2 * RESTART)

    def test_one_that_was_stopped_keeps_its_data(self) -> None:
        trial = self.started(Member(1, 'joined', CA))
        trial.live(1.0, 30.0)
        trial.at(31.0, K3sExited('stopped', True))
        trial.live(32.0, 60.0)
        self.assertEqual((kinds(trial.done, SetDbAside), len(starts(trial))), ([], 2))

    def test_an_evicted_member_sets_its_data_aside_and_only_joins(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of())
        outputs = trial.at(50.0, K3sExited('evicted', True))
        self.assertEqual(kinds(outputs, SetDbAside), [SetDbAside()])
        trial.at(51.0, DbSetAside())
        trial.live(52.0, 200.0, 'n2', 'n3')
        self.assertEqual(len(starts(trial)), 1, 'the first one')
        self.assertEqual(bodies(trial.done, Prepare), [])
        self.assertIn('can only join', trial.state.reason)

    def test_one_that_is_evicted_again_sets_them_aside_at_once(self) -> None:
        trial = Trial(founded(votes=Votes()))
        for now in (50.0, 60.0):
            outputs = trial.at(now, K3sExited('evicted', True))
            self.assertEqual(kinds(outputs, SetDbAside), [SetDbAside()])
            trial.at(now + 1.0, DbSetAside())

    def test_data_that_cannot_be_set_aside_are_tried_again_and_that_is_said(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of())
        trial.at(50.0, K3sExited('evicted', True))
        trial.live(50.5, 50.0 + ASIDE_LOST - 0.5)
        self.assertEqual(len(kinds(trial.done, SetDbAside)), 1)
        trial.live(50.0 + ASIDE_LOST, 100.0 + ASIDE_LOST)
        self.assertEqual(len(kinds(trial.done, SetDbAside)), 2)
        self.assertIn('could not be moved aside', kinds(trial.done, Say)[-1].text)

    def test_a_tombstone_of_a_founder_that_nobody_heard_of_never_leads_to_founding(self) -> None:
        trial = Trial(facts_of(wal=True, tombstone=True, votes=Votes(), member=Member(1, 'founding')))
        first = [type(one) for one in trial.done]
        self.assertLess(first.index(PersistMember), first.index(SetDbAside))
        self.assertEqual(trial.state.member, Member(1, 'joined'))
        trial.at(1.0, DbSetAside(), Scanned(()))
        trial.live(2.0, 120.0, 'n2', 'n3')
        self.assertEqual((starts(trial), bodies(trial.done, Prepare)), ([], []))

    def test_a_member_stops_when_it_learns_of_a_later_epoch_and_keeps_its_data(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of())
        trial.at(2.0, trial.hello('n2', standing='member', votes_from=3, epoch=2, founded=(2, OTHER_CA)))
        trial.at(2.0)
        self.assertEqual(kinds(trial.done, StopK3s), [StopK3s()])
        self.assertEqual(trial.state.votes.founded, Founded(2, OTHER_CA))
        trial.at(3.0, K3sExited('stopped', True))
        trial.live(4.0, 60.0)
        self.assertEqual((len(starts(trial)), kinds(trial.done, SetDbAside)), (1, []))
