import unittest

from join.inputs import AbandonFounder, Forget
from join.messages import LARGEST_EPOCH
from join.model import Accepted, Ballot, Value, Votes
from join.outputs import Answer, PersistVotes, RemoveMember, Say
from join.test_scene import Trial, facts_of, founded, kinds, status_of

CHOSEN = Votes(1, Ballot(1, 'u-3'), Accepted(Ballot(1, 'u-3'), Value('n3', 'u-3')))


class Abandoning(unittest.TestCase):
    def test_it_raises_the_epoch_and_keeps_what_was_voted_until_then(self) -> None:
        trial = Trial(facts_of(votes=CHOSEN))
        trial.at(1.0, AbandonFounder())
        self.assertEqual(trial.state.votes, CHOSEN._replace(raised=2))
        self.assertIn(PersistVotes(CHOSEN._replace(raised=2)), trial.done)
        self.assertIsNone(trial.state.chosen)
        self.assertIn('n3 was abandoned', kinds(trial.done, Answer)[-1].text)
        self.assertEqual(kinds(trial.done, Say), [])

    def test_it_goes_above_every_epoch_that_was_voted_in(self) -> None:
        trial = Trial(facts_of(votes=Votes(epoch=5)))
        trial.state.chosen = Value('n3', 'u-3')
        trial.at(1.0, AbandonFounder())
        self.assertEqual(trial.state.votes.raised, 6)

    def test_it_does_not_go_beyond_the_largest(self) -> None:
        votes = Votes(epoch=LARGEST_EPOCH)
        trial = Trial(facts_of(votes=votes))
        trial.state.chosen = Value('n3', 'u-3')
        trial.at(1.0, AbandonFounder())
        self.assertEqual(trial.state.votes, votes)
        self.assertIn('no epoch after 2147483647', kinds(trial.done, Answer)[-1].text)

    def test_a_founder_that_is_there_is_not_abandoned(self) -> None:
        trial = Trial(facts_of(votes=CHOSEN))
        trial.at(1.0, trial.hello('n3'), AbandonFounder())
        self.assertEqual(trial.state.votes, CHOSEN)
        self.assertIn('n3 is online', kinds(trial.done, Answer)[-1].text)

    def test_the_same_name_with_another_disk_does_not_stand_in_the_way(self) -> None:
        trial = Trial(facts_of(votes=CHOSEN))
        trial.at(1.0, trial.hello('n3', 'u-new'), AbandonFounder())
        self.assertEqual(trial.state.votes.raised, 2)

    def test_where_none_or_we_are_chosen_nothing_is_done(self) -> None:
        for chosen in (None, Value('n1', 'u-1')):
            trial = Trial()
            trial.state.chosen = chosen
            trial.at(1.0, AbandonFounder())
            self.assertEqual(trial.state.votes, Votes())
            self.assertIn('no other node', kinds(trial.done, Answer)[-1].text)


class Forgetting(unittest.TestCase):
    def test_a_member_out_of_reach_is_removed(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of('n2'))
        trial.at(2.0, Forget('n2'))
        self.assertEqual(kinds(trial.done, RemoveMember), [RemoveMember('n2')])

    def test_one_that_is_there_and_a_stranger_are_not(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of('n2'))
        for name in ('n3', 'n9', ''):
            trial.at(2.0, Forget(name))
            self.assertIn('is not a member that is unreachable', kinds(trial.done, Answer)[-1].text)
        self.assertEqual(kinds(trial.done, RemoveMember), [])

    def test_not_before_etcd_answers_here(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, Forget('n2'))
        self.assertEqual(kinds(trial.done, RemoveMember), [])
