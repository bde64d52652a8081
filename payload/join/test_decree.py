import unittest
from typing import List, Tuple

from join.decree import adopted, new_ballot, objection, outranked, votes_in
from join.messages import Accept, Body, Prepare, Promise, Refuse, Voted
from join.model import Accepted, Ballot, Founded, Member, Value, Votes
from join.outputs import Output, PersistVotes, Send
from join.test_scene import CA, Trial, bodies, config_of, facts_of, kinds

LOW, HIGH = Ballot(3, 'u-2'), Ballot(3, 'u-3')
N2, N3 = Value('n2', 'u-2'), Value('n3', 'u-3')


def answer(trial: Trial, body: Body, name: str = 'n2') -> Tuple[List[Output], Body]:
    """What comes of a message: all outputs, and the body of the answer."""
    outputs = trial.at(1.0, trial.says(name, body))
    sent = [one for one in kinds(outputs, Send) if one.address == f'10.0.0.{name[1:]}']
    return outputs, sent[0].message.body


class Acceptor(unittest.TestCase):
    def test_a_promise_is_on_the_disk_before_it_is_given(self) -> None:
        outputs, said = answer(Trial(), Prepare(1, LOW))
        self.assertEqual(said, Promise(1, LOW, None))
        self.assertEqual(kinds(outputs, PersistVotes), [PersistVotes(Votes(1, LOW))])
        self.assertIs(type(outputs[0]), PersistVotes)

    def test_so_is_a_vote(self) -> None:
        outputs, said = answer(Trial(), Accept(1, LOW, N2))
        self.assertEqual(said, Voted(1, LOW))
        self.assertEqual(outputs[0], PersistVotes(Votes(1, LOW, Accepted(LOW, N2))))

    def test_a_promise_tells_what_was_accepted_before(self) -> None:
        trial = Trial(facts_of(votes=Votes(1, LOW, Accepted(LOW, N2))))
        _, said = answer(trial, Prepare(1, HIGH), 'n3')
        self.assertEqual(said, Promise(1, HIGH, Accepted(LOW, N2)))
        self.assertEqual(trial.state.votes.accepted, Accepted(LOW, N2))

    def test_lower_ballots_than_one_promised_are_refused_with_its_round(self) -> None:
        trial = Trial(facts_of(votes=Votes(1, HIGH)))
        refused: List[Body] = [Prepare(1, LOW), Accept(1, LOW, N2)]
        for body in refused:
            outputs, said = answer(trial, body)
            self.assertEqual(said, Refuse(1, LOW, 3, 'ballot'))
            self.assertEqual(kinds(outputs, PersistVotes), [])

    def test_the_same_ballot_again_gets_the_same_answer(self) -> None:
        trial = Trial()
        self.assertEqual(answer(trial, Prepare(1, LOW))[1], answer(trial, Prepare(1, LOW))[1])

    def test_lower_epochs_are_refused_for_ever(self) -> None:
        trial = Trial()
        self.assertEqual(answer(trial, Prepare(2, LOW))[1], Promise(2, LOW, None))
        later: List[Body] = [Prepare(1, HIGH), Accept(1, HIGH, N3)]
        for body in later:
            self.assertEqual(answer(trial, body, 'n3')[1], Refuse(2, HIGH, 3, 'epoch'))

    def test_who_does_not_vote_says_why(self) -> None:
        marker = Member(1, 'joined', CA)
        for why, facts in (
            ('unreadable', facts_of(unreadable='votes.json: broken')),
            ('joiner', facts_of(config=config_of(role='agent'))),
            ('joiner', facts_of(votes=Votes(joiner_of=1))),
            ('data', facts_of(wal=True, member=marker, votes=Votes())),
            ('founded', facts_of(member=marker, votes=Votes())),
            ('founded', facts_of(votes=Votes(founded=Founded(1, None)))),
            ('latch', facts_of(config=config_of(founded=True), votes=Votes())),
        ):
            trial = Trial(facts)
            self.assertEqual(objection(trial.state, 1), why)
            outputs, said = answer(trial, Prepare(1, LOW))
            assert isinstance(said, Refuse)
            self.assertEqual(said.why, why)
            self.assertNotIn(LOW, [one.votes.promised for one in kinds(outputs, PersistVotes)])

    def test_a_later_epoch_gets_the_vote_of_an_old_member(self) -> None:
        trial = Trial(facts_of(wal=True, member=Member(1, 'joined', CA), votes=Votes()))
        self.assertEqual(answer(trial, Prepare(2, LOW))[1], Promise(2, LOW, None))


class Numbers(unittest.TestCase):
    def test_votes_of_another_epoch_do_not_count_in_a_new_one(self) -> None:
        votes = Votes(1, LOW, Accepted(LOW, N2), joiner_of=0, founded=Founded(1, None))
        self.assertEqual(votes_in(votes, 1), votes)
        self.assertEqual(votes_in(votes, 2), Votes(2, founded=Founded(1, None)))

    def test_a_ballot_of_ours_is_above_all_that_we_know(self) -> None:
        state = Trial(facts_of(votes=Votes(1, HIGH))).state
        self.assertEqual(new_ballot(state), Ballot(4, 'u-1'))
        state.next_round = 9
        self.assertEqual(new_ballot(state), Ballot(9, 'u-1'))
        self.assertTrue(outranked(Votes(1, HIGH), LOW))
        self.assertFalse(outranked(Votes(1, HIGH), HIGH))

    def test_the_value_of_the_highest_ballot_is_taken_over(self) -> None:
        promises = {'n1': ('u-1', None), 'n2': ('u-2', Accepted(HIGH, N2)), 'n3': ('u-3', Accepted(LOW, N3))}
        self.assertEqual(adopted(promises, Value('n1', 'u-1')), N2)
        self.assertEqual(adopted({'n1': ('u-1', None)}, Value('n1', 'u-1')), Value('n1', 'u-1'))


class Proposer(unittest.TestCase):
    def setUp(self) -> None:
        self.trial = Trial(facts_of(config=config_of(5)))
        now = 0.0
        while not bodies(self.trial.done, Prepare):
            self.trial.live(now, now, 'n2', 'n3', 'n4', 'n5')
            self.now = now
            now += 0.5
            self.assertLess(now, 60.0)
        self.ballot = bodies(self.trial.done, Prepare)[0].ballot

    def say(self, body: Body, *names: str) -> None:
        self.trial.at(self.now, *[self.trial.says(name, body) for name in names])

    def accepts(self) -> List[Accept]:
        return bodies(self.trial.done, Accept)

    def test_it_promises_itself_before_it_asks(self) -> None:
        self.assertEqual(self.trial.state.votes.promised, self.ballot)
        asked = [index for index, one in enumerate(self.trial.done)
                 if isinstance(one, Send) and isinstance(one.message.body, Prepare)]
        kept = [index for index, one in enumerate(self.trial.done)
                if isinstance(one, PersistVotes) and one.votes.promised == self.ballot]
        self.assertLess(kept[0], asked[0])

    def test_a_minority_of_promises_is_not_enough(self) -> None:
        self.say(Promise(1, self.ballot, None), 'n2')
        self.now += 2.0
        self.say(Promise(1, self.ballot, None), 'n2')
        self.assertEqual(self.accepts(), [])

    def test_with_a_quorum_it_waits_a_moment_for_late_witnesses(self) -> None:
        self.say(Promise(1, self.ballot, None), 'n2', 'n3')
        self.assertEqual(self.accepts(), [])
        self.say(Promise(1, self.ballot, Accepted(Ballot(0, 'u-5'), Value('n5', 'u-5'))), 'n4')
        self.now += 0.6
        self.trial.at(self.now)
        self.assertEqual(self.accepts(), [Accept(1, self.ballot, Value('n5', 'u-5'))])

    def test_once_all_have_answered_it_goes_on_at_once(self) -> None:
        self.say(Promise(1, self.ballot, None), 'n2', 'n3', 'n4', 'n5')
        self.assertEqual(self.accepts(), [Accept(1, self.ballot, Value('n1', 'u-1'))])

    def test_whoever_refuses_has_answered(self) -> None:
        self.say(Promise(1, self.ballot, None), 'n2', 'n3')
        self.say(Refuse(1, self.ballot, 0, 'unreadable'), 'n4')
        self.assertEqual(self.accepts(), [])
        self.say(Refuse(1, self.ballot, 0, 'joiner'), 'n5')
        self.assertEqual(self.accepts(), [Accept(1, self.ballot, Value('n1', 'u-1'))])

    def test_a_round_that_we_have_promised_another_does_not_go_on_by_itself(self) -> None:
        self.say(Promise(1, self.ballot, None), 'n2', 'n3')
        state = self.trial.state
        state.votes = state.votes._replace(promised=Ballot(self.ballot[0] + 1, 'u-2'))
        self.trial.at(self.now + 1.0)
        self.assertEqual(self.accepts(), [])
        self.assertIsNone(state.votes.accepted)

    def test_answers_to_another_ballot_count_for_nothing(self) -> None:
        self.say(Promise(1, Ballot(9, 'u-1'), None), 'n2', 'n3', 'n4', 'n5')
        self.say(Promise(2, self.ballot, None), 'n2', 'n3', 'n4', 'n5')
        self.say(Voted(1, self.ballot), 'n2', 'n3', 'n4', 'n5')
        self.assertEqual(self.accepts(), [])
        self.assertIsNone(self.trial.state.chosen)

    def test_a_quorum_of_votes_chooses(self) -> None:
        self.say(Promise(1, self.ballot, None), 'n2', 'n3', 'n4', 'n5')
        self.say(Voted(1, self.ballot), 'n2')
        self.assertIsNone(self.trial.state.chosen)
        self.say(Voted(1, self.ballot), 'n3')
        self.assertEqual(self.trial.state.chosen, Value('n1', 'u-1'))

    def test_a_promise_to_another_ends_our_round(self) -> None:
        self.say(Prepare(1, Ballot(self.ballot[0] + 1, 'u-2')), 'n2')
        self.say(Promise(1, self.ballot, None), 'n2', 'n3', 'n4', 'n5')
        self.assertEqual(self.accepts(), [])

    def test_a_refusal_for_its_ballot_makes_the_next_one_higher(self) -> None:
        self.say(Refuse(1, self.ballot, 40, 'ballot'), 'n2')
        self.trial.live(self.now, self.now + 30, 'n2', 'n3', 'n4', 'n5')
        self.assertEqual(bodies(self.trial.done, Prepare)[1].ballot, (41, 'u-1'))

    def test_a_refusal_because_a_cluster_exists_ends_it(self) -> None:
        self.say(Refuse(1, self.ballot, 0, 'founded'), 'n2')
        self.say(Promise(1, self.ballot, None), 'n3', 'n4', 'n5')
        self.assertEqual(self.accepts(), [])

    def test_a_round_without_a_quorum_is_given_up_and_another_tried(self) -> None:
        self.trial.live(self.now, self.now + 3.5, 'n2', 'n3', 'n4', 'n5')
        self.trial.live(self.now + 4.0, self.now + 15, 'n2', 'n3', 'n4', 'n5')
        ballots = [Ballot(*one.ballot) for one in bodies(self.trial.done, Prepare)]
        self.assertGreater(len(ballots), 1)
        self.assertEqual(ballots, sorted(set(ballots)), 'no ballot is used twice')
