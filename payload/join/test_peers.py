import unittest
from typing import List

from join.inputs import Received
from join.knowledge import is_two_way
from join.messages import Hello
from join.model import Founded, Member, Votes
from join.outputs import PersistVotes, Send
from join.test_scene import CA, OTHER_CA, Trial, bodies, facts_of, founded, kinds, status_of
from join.timing import ALIVE, HELLO_MEMBER, HELLO_NEWS, HELLO_WAITING
from join.wire import MAX_HEARD


def reborn(received: Received) -> Received:
    """The same message of another incarnation."""
    return received._replace(message=received.message._replace(incarnation='f' * 16, counter=1))


def answers(trial: Trial) -> List[str]:
    return [one.address for one in kinds(trial.done, Send) if one.address is not None]


class Hearing(unittest.TestCase):
    def setUp(self) -> None:
        self.trial = Trial()

    def test_who_hears_us_is_heard_both_ways(self) -> None:
        self.trial.at(1.0, self.trial.hello('n2'), self.trial.hello('n3', hears=()))
        peers = self.trial.state.peers
        self.assertTrue(is_two_way(peers['u-2'], 1.0))
        self.assertFalse(is_two_way(peers['u-3'], 1.0))

    def test_who_does_not_hear_us_yet_is_answered_at_most_once_a_second(self) -> None:
        self.trial.at(1.0, self.trial.hello('n3', hears=()))
        self.trial.at(1.5, self.trial.hello('n3', hears=()))
        self.assertEqual(answers(self.trial), ['10.0.0.3'])
        self.trial.at(2.5, self.trial.hello('n3', hears=()))
        self.assertEqual(answers(self.trial), ['10.0.0.3'] * 2)

    def test_an_agent_is_not_answered(self) -> None:
        self.trial.at(1.0, self.trial.hello('n4', hears=(), standing='agent', votes_from=0))
        self.assertEqual(answers(self.trial), [])

    def test_a_hello_that_comes_late_is_not_taken(self) -> None:
        old, new = self.trial.hello('n2'), self.trial.hello('n2', standing='member', votes_from=2)
        self.trial.at(1.0, new)
        self.trial.at(2.0, old)
        self.assertEqual(self.trial.state.peers['u-2'].hello.standing, 'member')

    def test_another_incarnation_has_to_prove_that_it_is_there(self) -> None:
        self.trial.at(1.0, self.trial.hello('n2'))
        replayed = reborn(self.trial.hello('n2', hears=(('u-1', '0' * 16),), standing='former'))
        self.trial.at(2.0, replayed)
        peer = self.trial.state.peers['u-2']
        self.assertEqual(peer.hello.standing, 'blank')
        self.assertEqual(answers(self.trial), ['10.0.0.2'], 'it may prove it by naming us')
        self.trial.at(3.0, reborn(self.trial.hello('n2', standing='former')))
        self.assertEqual((peer.hello.standing, peer.incarnation), ('former', 'f' * 16))

    def test_what_it_tells_of_a_cluster_is_kept_even_before_it_has_proved_that(self) -> None:
        self.trial.at(1.0, self.trial.hello('n2'))
        self.trial.at(2.0, reborn(self.trial.hello('n2', hears=(), standing='member', founded=(1, CA))))
        self.assertEqual(self.trial.state.peers['u-2'].hello.standing, 'blank')
        self.assertEqual(self.trial.state.votes.founded, Founded(1, CA))

    def test_what_an_old_incarnation_proved_does_not_count_for_a_new_one(self) -> None:
        self.trial.at(1.0, self.trial.hello('n2'))
        later = 2.0 + ALIVE
        self.trial.at(later, reborn(self.trial.hello('n2', hears=())))
        for now in (later, 1.0):
            self.assertFalse(is_two_way(self.trial.state.peers['u-2'], now), 'whatever the clock says')

    def test_a_hello_that_tells_nothing_new_does_nothing(self) -> None:
        self.trial.at(1.0, self.trial.hello('n2'))
        self.trial.timer = 99.0
        self.assertEqual(self.trial.at(2.0, self.trial.hello('n2')), [])
        self.assertEqual(self.trial.state.peers['u-2'].heard, 2.0)


class Learning(unittest.TestCase):
    def test_that_a_cluster_exists_is_kept_for_ever(self) -> None:
        trial = Trial()
        outputs = trial.at(1.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, CA)))
        self.assertIn(PersistVotes(Votes(founded=Founded(1, CA))), outputs)

    def test_a_hash_is_added_to_the_bare_fact_and_never_replaced(self) -> None:
        trial = Trial(facts_of(votes=Votes(founded=Founded(1, None))))
        trial.at(1.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, CA)))
        self.assertEqual(trial.state.votes.founded, Founded(1, CA))
        trial.at(2.0, trial.hello('n3', standing='member', votes_from=2, founded=(1, OTHER_CA)))
        self.assertEqual(trial.state.votes.founded, Founded(1, CA))
        self.assertEqual(trial.state.two_clusters, OTHER_CA)

    def test_a_later_epoch_replaces_an_earlier_one_only(self) -> None:
        trial = Trial(facts_of(votes=Votes(founded=Founded(2, CA))))
        trial.at(1.0, trial.hello('n2', founded=(1, OTHER_CA)))
        self.assertEqual(trial.state.votes.founded, Founded(2, CA))
        trial.at(2.0, trial.hello('n3', founded=(3, OTHER_CA)))
        self.assertEqual(trial.state.votes.founded, Founded(3, OTHER_CA))

    def test_the_founder_of_another_epoch_is_none_of_ours(self) -> None:
        trial = Trial()
        trial.at(1.0, trial.hello('n2', epoch=2, chosen=('n3', 'u-3')))
        self.assertIsNone(trial.state.chosen)


class Saying(unittest.TestCase):
    def hellos(self, trial: Trial) -> List[Hello]:
        sent = [one for one in kinds(trial.done, Send) if one.address is None]
        return bodies(list(sent), Hello)

    def test_soon_after_the_start_and_then_now_and_again(self) -> None:
        trial = Trial()
        trial.live(0.0, 0.5)
        self.assertEqual(len(self.hellos(trial)), 1)
        trial.live(1.0, 0.75 * HELLO_WAITING - 0.5)
        self.assertEqual(len(self.hellos(trial)), 1)
        trial.live(6.0, 1.25 * HELLO_WAITING + 0.5)
        self.assertEqual(len(self.hellos(trial)), 2)

    def test_a_member_says_it_more_seldom(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of())
        trial.live(2.0, 1.25 * HELLO_WAITING)
        count = len(self.hellos(trial))
        trial.live(10.5, 0.75 * (HELLO_WAITING + HELLO_MEMBER))
        self.assertEqual(len(self.hellos(trial)), count)
        trial.live(17.5, 30.0)
        self.assertGreater(len(self.hellos(trial)), count)

    def test_what_is_new_is_said_at_once(self) -> None:
        trial = Trial()
        trial.live(0.0, 1.0)
        trial.at(2.0, trial.hello('n2', standing='member', votes_from=2, founded=(1, CA)))
        trial.at(2.0 + HELLO_NEWS)
        self.assertEqual(self.hellos(trial)[-1].founded, (1, CA))

    def test_it_says_whom_it_hears_and_what_it_is(self) -> None:
        trial = Trial(facts_of(votes=Votes(), member=Member(1, 'joined', CA)))
        trial.at(1.0, trial.hello('n2'), trial.hello('n3'))
        trial.live(1.5, 12.0)
        said = self.hellos(trial)[-1]
        self.assertEqual([uuid for uuid, _ in said.hears], ['u-2', 'u-3'])
        self.assertEqual((said.standing, said.votes_from, said.founded), ('former', 2, (1, CA)))

    def test_servers_are_named_however_many_agents_were_heard_first(self) -> None:
        trial = Trial()
        for number in range(10, 10 + MAX_HEARD):
            trial.at(1.0, trial.hello(f'n{number}', standing='agent', votes_from=0))
        trial.at(1.0, trial.hello('n2'))
        trial.live(1.5, 12.0)
        hears = [uuid for uuid, _ in self.hellos(trial)[-1].hears]
        self.assertEqual((len(hears), hears[0]), (MAX_HEARD, 'u-2'))

    def test_the_silent_are_no_longer_named(self) -> None:
        trial = Trial()
        trial.at(1.0, trial.hello('n2'))
        trial.live(1.5, 60.0)
        self.assertEqual(self.hellos(trial)[-1].hears, ())
