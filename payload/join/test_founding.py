import unittest
from typing import List

from join.inputs import K3sExited, Latch, Scanned
from join.messages import Accept, Prepare, Promise, Voted
from join.model import Accepted, Ballot, Founded, Member, Value, Votes
from join.others import Server
from join.outputs import PersistMember, Say, Scan, StartK3s
from join.test_scene import CA, Trial, bodies, config_of, facts_of, kinds
from join.timing import CONFIRMED, SETTLE, START_WITHIN


def starts(trial: Trial) -> List[StartK3s]:
    return kinds(trial.done, StartK3s)


def proposed(trial: Trial) -> List[Prepare]:
    return bodies(trial.done, Prepare)


class Proposing(unittest.TestCase):
    def test_only_after_a_settle_time_with_a_quorum(self) -> None:
        trial = Trial()
        trial.live(0.0, 9.5, 'n2')
        self.assertEqual(proposed(trial), [])
        trial.live(10.0, 30.0, 'n2')
        self.assertEqual(proposed(trial)[0].epoch, 1)

    def test_a_gap_in_the_quorum_begins_it_anew(self) -> None:
        trial = Trial()
        trial.live(0.0, 5.0, 'n2')
        trial.at(6.0, trial.hello('n2', votes_from=2))
        trial.live(20.0, 20.0 + SETTLE - 0.5, 'n2')
        self.assertEqual(proposed(trial), [])
        trial.live(20.0 + SETTLE, 20.0 + 2 * SETTLE, 'n2')
        self.assertNotEqual(proposed(trial), [])

    def test_without_a_quorum_never_and_it_says_whom_it_lacks(self) -> None:
        trial = Trial(facts_of(config=config_of(5)))
        trial.live(0.0, 300.0, 'n2')
        self.assertEqual(proposed(trial), [])
        self.assertEqual(
            trial.state.reason, 'sees 2 of the 3 servers needed to found the cluster; waiting for 1 of: n3, n4, n5')

    def test_a_quorum_of_an_older_published_set_is_needed_too(self) -> None:
        trial = Trial(facts_of(config=config_of(sets=(('n4',), ('n1', 'n2', 'n3')))))
        trial.live(0.0, 120.0, 'n2', 'n3')
        self.assertEqual(proposed(trial), [])
        trial.live(120.5, 150.0, 'n2', 'n3', 'n4')
        self.assertNotEqual(proposed(trial), [])

    def test_an_eligible_peer_with_a_lower_name_goes_first_but_not_for_ever(self) -> None:
        trial = Trial(facts_of(config=config_of(name='n3')))

        def eligible(start: float, end: float) -> None:
            now = start
            while now < end:
                trial.at(now, trial.hello('n1', 'u-a', eligible=True), Scanned(()))
                now += 1.0
        eligible(0.0, 2 * SETTLE + SETTLE - 1)
        self.assertEqual(proposed(trial), [])
        eligible(3 * SETTLE, 3 * SETTLE + 20)
        self.assertNotEqual(proposed(trial), [])

    def test_who_must_not_found_does_not_even_propose(self) -> None:
        for facts in (
            facts_of(unreadable='votes.json: broken'),
            facts_of(config=config_of(role='agent')),
            facts_of(config=config_of(join_only=True, hints=('10.9.9.9',))),
            facts_of(config=config_of(founded=True)),
            facts_of(member=Member(1, 'joined', CA), votes=Votes()),
            facts_of(votes=Votes(joiner_of=1)),
            facts_of(votes=Votes(epoch=2)),
            facts_of(votes=Votes(founded=Founded(1, None))),
        ):
            trial = Trial(facts)
            trial.live(0.0, 120.0, 'n2', 'n3')
            self.assertEqual((proposed(trial), starts(trial)), ([], []), str(facts))
            self.assertNotEqual(trial.state.reason, '', str(facts))


class Founding(unittest.TestCase):
    def answered(self, trial: Trial, now: float) -> None:
        """n2 promises and accepts."""
        trial.at(now, trial.says('n2', Promise(1, proposed(trial)[-1].ballot, None)))
        trial.at(now + 0.6)
        trial.at(now + 0.7, trial.says('n2', Voted(1, bodies(trial.done, Accept)[-1].ballot)))

    def propose_once(self, trial: Trial) -> float:
        """Time goes by until a proposal has just left."""
        now = 0.0
        while not proposed(trial):
            trial.live(now, now, 'n2')
            now += 0.5
            self.assertLess(now, 60.0)
        return now

    def test_chosen_confirmed_and_alone_it_founds_and_remembers_first(self) -> None:
        trial = Trial()
        now = self.propose_once(trial)
        self.answered(trial, now)
        self.assertEqual(starts(trial), [], 'it looks for servers once more')
        self.assertEqual(len(kinds(trial.at(now + 0.8), Scan)), 0)
        assert trial.state.round is not None
        self.assertGreaterEqual(trial.state.scan_asked, trial.state.round.sent)
        last = trial.at(now + 2.0, Scanned(()))
        self.assertEqual(kinds(last, StartK3s), [StartK3s('init', None, None)])
        marker = PersistMember(Member(1, 'founding'))
        self.assertLess(last.index(marker), last.index(StartK3s('init', None, None)))

    def test_a_server_that_the_last_look_finds_is_not_passed_over(self) -> None:
        trial = Trial()
        now = self.propose_once(trial)
        self.answered(trial, now)
        stranger = Server('10.0.0.3', False, None, True)
        trial.at(now + 2.0, Scanned((stranger,)))
        self.assertEqual(starts(trial), [])
        self.assertIn('10.0.0.3 answers on port 6443', trial.state.reason)

    def test_a_confirmation_holds_as_long_as_k3s_starts_within_a_minute_of_it(self) -> None:
        last = CONFIRMED - START_WITHIN
        for late, wanted in ((last - 1.0, 1), (last + 0.5, 0)):
            trial = Trial()
            now = self.propose_once(trial)
            self.answered(trial, now)
            assert trial.state.round is not None
            at = trial.state.round.sent + late
            for second in range(int(now) + 2, int(at)):
                trial.at(float(second), trial.hello('n2'))
            trial.at(at, trial.hello('n2'), Scanned(()))
            self.assertEqual(len(starts(trial)), wanted, f'{late} s')

    def test_after_a_minute_it_asks_for_another_confirmation(self) -> None:
        trial = Trial()
        now = self.propose_once(trial)
        self.answered(trial, now)
        before = len(proposed(trial))
        for second in range(int(now) + 2, int(now) + 90):
            trial.at(float(second), trial.hello('n2'))
        self.assertGreater(len(proposed(trial)), before)
        self.assertEqual(starts(trial), [])

    def test_a_reboot_forgets_the_confirmation_but_not_the_vote(self) -> None:
        ballot = Ballot(3, 'u-1')
        votes = Votes(1, ballot, Accepted(ballot, Value('n1', 'u-1')))
        trial = Trial(facts_of(votes=votes))
        trial.live(0.0, 300.0, 'n2')
        self.assertEqual(starts(trial), [], 'nobody has confirmed it since')
        self.assertGreater(min(Ballot(*one.ballot) for one in proposed(trial)), ballot)

    def test_a_founder_that_was_cut_off_before_k3s_made_anything_asks_again_too(self) -> None:
        ballot = Ballot(3, 'u-1')
        votes = Votes(1, ballot, Accepted(ballot, Value('n1', 'u-1')))
        trial = Trial(facts_of(votes=votes, member=Member(1, 'founding')))
        trial.live(0.0, 60.0)
        self.assertEqual((starts(trial), proposed(trial)), ([], []))
        trial.live(60.5, 120.0, 'n2')
        self.assertNotEqual(proposed(trial), [])
        self.assertEqual(starts(trial), [])

    def test_whoever_had_accepted_another_makes_that_one_the_founder(self) -> None:
        trial = Trial()
        now = self.propose_once(trial)
        accepted = (Ballot(0, 'u-3'), Value('n3', 'u-3'))
        trial.at(now, trial.says('n2', Promise(1, proposed(trial)[-1].ballot, accepted)))
        trial.at(now + 0.6)
        self.assertEqual(bodies(trial.done, Accept)[-1].value, Value('n3', 'u-3'))
        trial.at(now + 0.7, trial.says('n2', Voted(1, bodies(trial.done, Accept)[-1].ballot)))
        trial.live(now + 1.0, now + 200.0, 'n2')
        self.assertEqual(starts(trial), [])
        self.assertIn('n3 was chosen', trial.state.reason)

    def test_a_latch_that_closes_meanwhile_stops_it(self) -> None:
        trial = Trial()
        now = self.propose_once(trial)
        self.answered(trial, now)
        trial.at(now + 1.0, Latch(1))
        trial.at(now + 2.0, Scanned(()))
        self.assertEqual(starts(trial), [])

    def test_a_k3s_that_ends_each_time_is_not_tried_in_silence(self) -> None:
        trial = Trial(facts_of(config=config_of(1)))
        now = 0.0
        while now < 240.0:
            outputs = trial.live(now, now)
            now += 0.5
            if kinds(outputs, StartK3s):
                trial.at(now, K3sExited('other', False))
                now += 0.5
        self.assertGreater(len(starts(trial)), 3)
        said = [one.text for one in kinds(trial.done, Say)]
        self.assertEqual(
            said, ['n1: k3s is founding the cluster, but it keeps exiting before it is ready (see journalctl -u k3s)'])
        trial.live(now, now + 60.0)
        self.assertEqual(trial.state.k3s, 'starting')
        self.assertIn('keeps exiting before it is ready', trial.state.reason)

    def test_one_server_alone_founds_by_itself(self) -> None:
        trial = Trial(facts_of(config=config_of(1)))
        trial.live(0.0, 30.0)
        self.assertEqual(starts(trial), [StartK3s('init', None, None)])
