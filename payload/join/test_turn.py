import unittest

from join.messages import Voted
from join.model import Ballot, Member, Votes
from join.outputs import PersistMember, PersistVotes, Send
from join.test_scene import Trial
from join.timing import NEVER
from join.turn import Turn, persist_member, persist_votes


class Turns(unittest.TestCase):
    def setUp(self) -> None:
        self.state = Trial().state
        self.turn = Turn(self.state, 10.0)

    def test_the_earliest_time_that_was_asked_for_counts(self) -> None:
        for at in (30.0, 20.0, 40.0):
            self.turn.wake_at(at)
        self.assertEqual(self.turn.wake, 20.0)

    def test_what_has_not_come_yet_wakes_us_when_it_does(self) -> None:
        self.assertTrue(self.turn.reached(10.0))
        self.assertEqual(self.turn.wake, NEVER)
        self.assertFalse(self.turn.reached(10.1))
        self.assertEqual(self.turn.wake, 10.1)

    def test_each_message_has_a_higher_counter(self) -> None:
        for address in (None, '10.0.0.2'):
            self.turn.send(Voted(1, Ballot(1, 'u-1')), address)
        sent = [one for one in self.turn.out if isinstance(one, Send)]
        self.assertEqual([one.address for one in sent], [None, '10.0.0.2'])
        self.assertEqual(sent[1].message.counter, sent[0].message.counter + 1)
        self.assertEqual(sent[0].message.uuid, self.state.uuid)

    def test_only_what_is_new_is_written(self) -> None:
        persist_votes(self.turn, Votes(3))
        persist_votes(self.turn, Votes(3))
        persist_member(self.turn, Member(1, 'founding'))
        persist_member(self.turn, Member(1, 'founding'))
        self.assertEqual(self.turn.out, [PersistVotes(Votes(3)), PersistMember(Member(1, 'founding'))])
        self.assertEqual((self.state.votes, self.state.member), (Votes(3), Member(1, 'founding')))
