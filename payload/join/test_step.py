import unittest

from join.inputs import Latch, PersistFailed, Scanned
from join.messages import Prepare, Refuse
from join.model import Ballot, Member, Votes
from join.others import Server
from join.outputs import PersistMember, PersistVotes, SetTimer, StartK3s
from join.test_scene import CA, Trial, bodies, config_of, facts_of, kinds


class Beginning(unittest.TestCase):
    def test_a_new_state_writes_its_votes_before_anything_else(self) -> None:
        self.assertEqual(Trial().done[0], PersistVotes(Votes()))
        self.assertEqual(kinds(Trial(facts_of(votes=Votes(3))).done, PersistVotes), [])

    def test_votes_that_are_gone_from_a_members_disk_are_no_blank_ones(self) -> None:
        trial = Trial(facts_of(member=Member(1, 'founding')))
        trial.live(0.0, 60.0, 'n2', 'n3')
        self.assertEqual(bodies(trial.done, Prepare), [])
        self.assertIn('votes.json is gone', trial.state.reason)

    def test_each_step_ends_with_the_time_of_the_next(self) -> None:
        trial = Trial()
        for outputs in (trial.done, trial.at(1.0, Scanned(()))):
            self.assertIs(type(outputs[-1]), SetTimer)


class BornUnderTheLatch(unittest.TestCase):
    def test_a_state_that_is_made_while_the_latch_is_closed_never_votes_in_that_epoch(self) -> None:
        trial = Trial(facts_of(config=config_of(founded=True)))
        self.assertEqual(kinds(trial.done, PersistVotes)[-1], PersistVotes(Votes(joiner_of=1)))
        again = Trial(facts_of(votes=Votes(joiner_of=1)))
        again.at(1.0, again.says('n2', Prepare(1, Ballot(1, 'u-2'))))
        self.assertEqual([one.why for one in bodies(again.done, Refuse)], ['joiner'])

    def test_also_when_genesis_says_so_a_moment_later(self) -> None:
        trial = Trial()
        trial.at(1.0, Latch(1))
        self.assertEqual(trial.state.votes.joiner_of, 1)

    def test_a_state_that_was_there_before_stays_a_voter_of_what_it_has_voted_in(self) -> None:
        trial = Trial(facts_of(votes=Votes(1)))
        trial.at(1.0, Latch(1))
        self.assertEqual(trial.state.votes.joiner_of, 0)

    def test_an_open_latch_makes_no_joiner(self) -> None:
        trial = Trial(facts_of(config=config_of(epoch=2)))
        trial.at(1.0, Latch(1))
        self.assertEqual(trial.state.votes.joiner_of, 0)


class Forgetful(unittest.TestCase):
    def test_who_cannot_remember_neither_votes_nor_founds(self) -> None:
        trial = Trial()
        trial.at(1.0, PersistFailed('PersistVotes: No space left on device'))
        trial.live(2.0, 60.0, 'n2', 'n3')
        trial.at(61.0, trial.says('n2', Prepare(1, Ballot(1, 'u-2'))))
        self.assertEqual([one.why for one in bodies(trial.done, Refuse)], ['unreadable'])
        self.assertEqual((kinds(trial.done, StartK3s), bodies(trial.done, Prepare)), ([], []))
        self.assertIn('No space left', trial.state.reason)

    def test_a_start_that_came_after_it_did_not_happen(self) -> None:
        trial = Trial(facts_of(config=config_of(ca_hash=CA)))
        server = Server('10.0.0.2', True, CA, True)
        now = 0.0
        while not kinds(trial.done, StartK3s):
            trial.live(now, now, servers=(server,))
            now += 0.5
        self.assertEqual(trial.state.k3s, 'starting')
        trial.at(now, PersistFailed('PersistMember: No space left on device'))
        self.assertEqual(trial.state.k3s, 'off')
        self.assertEqual(len(kinds(trial.done, PersistMember)), 1)
