import unittest
from typing import Any, Dict, List, Tuple

from join import knowledge
from join.model import Founded, Member, State, Votes
from join.test_scene import CA, OTHER_CA, Trial, config_of, facts_of


def state_of(**changes: Any) -> State:
    return Trial(facts_of(**changes)).state


class Voting(unittest.TestCase):
    def test_a_blank_server_votes_from_the_first_epoch(self) -> None:
        self.assertEqual(knowledge.votes_from(state_of()), 1)

    def test_who_never_votes(self) -> None:
        never: List[Dict[str, Any]] = [
            {'unreadable': 'votes.json: broken'}, {'config': config_of(role='agent')},
            {'config': config_of(join_only=True)},
        ]
        for changes in never:
            self.assertEqual(knowledge.votes_from(state_of(**changes)), 0, str(changes))

    def test_lower_epochs_than_one_voted_in_are_over(self) -> None:
        self.assertEqual(knowledge.votes_from(state_of(votes=Votes(epoch=3))), 3)

    def test_data_and_what_is_known_to_exist_end_their_epoch(self) -> None:
        self.assertEqual(knowledge.votes_from(state_of(wal=True, member=Member(2, 'joined', CA), votes=Votes())), 3)
        self.assertEqual(knowledge.votes_from(state_of(tombstone=True, member=Member(2, 'joined'), votes=Votes())), 3)
        self.assertEqual(knowledge.votes_from(state_of(votes=Votes(founded=Founded(4, None)))), 5)

    def test_a_wal_without_a_marker_is_of_the_seeds_epoch(self) -> None:
        self.assertEqual(knowledge.votes_from(state_of(wal=True, votes=Votes(), config=config_of(epoch=2))), 3)

    def test_a_closed_latch_ends_its_epoch(self) -> None:
        self.assertEqual(knowledge.votes_from(state_of(config=config_of(epoch=2, founded=True))), 3)
        state = state_of()
        state.latch = 1
        self.assertEqual(knowledge.votes_from(state), 2)

    def test_a_born_joiner_votes_only_in_later_epochs(self) -> None:
        self.assertEqual(knowledge.votes_from(state_of(votes=Votes(joiner_of=2))), 3)

    def test_a_founder_that_may_have_made_nothing_still_votes(self) -> None:
        self.assertEqual(knowledge.votes_from(state_of(member=Member(1, 'founding'), votes=Votes(1))), 1)


class Standing(unittest.TestCase):
    def test_what_a_node_is(self) -> None:
        marker = Member(1, 'joined', CA)
        cases: List[Tuple[str, Dict[str, Any]]] = [
            ('blank', {}),
            ('blank', {'member': Member(1, 'founding'), 'votes': Votes()}),
            ('member', {'wal': True, 'member': marker, 'votes': Votes()}),
            ('former', {'wal': True, 'tombstone': True, 'member': marker, 'votes': Votes()}),
            ('former', {'member': marker, 'votes': Votes()}),
            ('former', {'member': Member(1, 'joining', CA), 'votes': Votes()}),
            ('agent', {'config': config_of(role='agent'), 'wal': True}),
        ]
        for wanted, changes in cases:
            self.assertEqual(knowledge.standing(state_of(**changes)), wanted, str(changes))

    def test_founding_while_k3s_starts_on_nothing(self) -> None:
        state = state_of()
        state.k3s = 'starting'
        self.assertEqual(knowledge.standing(state), 'founding')


class Clusters(unittest.TestCase):
    def test_the_newest_that_is_known(self) -> None:
        heard = Votes(founded=Founded(2, OTHER_CA))
        self.assertEqual(knowledge.known_cluster(state_of()), (0, None))
        self.assertEqual(knowledge.known_cluster(state_of(votes=heard)), (2, OTHER_CA))
        self.assertEqual(knowledge.known_cluster(state_of(votes=heard, member=Member(1, 'joined', CA))), (2, OTHER_CA))
        self.assertEqual(knowledge.known_cluster(state_of(votes=heard, member=Member(3, 'joined', CA))), (3, CA))

    def test_a_marker_gives_the_hash_where_only_the_fact_was_heard(self) -> None:
        heard = Votes(founded=Founded(1, None))
        self.assertEqual(knowledge.known_cluster(state_of(votes=heard, member=Member(1, 'joined', CA))), (1, CA))

    def test_a_founding_is_no_cluster_yet(self) -> None:
        self.assertEqual(
            knowledge.known_cluster(state_of(votes=Votes(), member=Member(1, 'founding'))), (0, None))

    def test_only_the_pinned_and_the_known_ca_are_trusted(self) -> None:
        self.assertEqual(knowledge.trusted(state_of()), {})
        state = state_of(config=config_of(ca_hash=OTHER_CA), votes=Votes(founded=Founded(2, CA)))
        self.assertEqual(knowledge.trusted(state), {OTHER_CA: 1, CA: 2})


class Seeing(unittest.TestCase):
    def test_a_voter_counts_while_both_hear_each_other(self) -> None:
        trial = Trial()
        trial.at(1.0, trial.hello('n2'), trial.hello('n3', hears=()))
        self.assertEqual(knowledge.voters_seen(trial.state, 2.0), ['n1', 'n2'])
        self.assertTrue(knowledge.sees_quorum(trial.state, 2.0))
        self.assertEqual(knowledge.voters_seen(trial.state, 50.0), ['n1'])

    def test_peers_that_cannot_vote_in_our_epoch_do_not_count(self) -> None:
        trial = Trial()
        trial.at(1.0, trial.hello('n2', votes_from=2), trial.hello('n3', votes_from=0))
        self.assertEqual(knowledge.voters_seen(trial.state, 2.0), ['n1'])
        self.assertFalse(knowledge.sees_quorum(trial.state, 2.0))

    def test_the_epoch_is_the_seeds_or_the_one_that_it_was_raised_to(self) -> None:
        self.assertEqual(knowledge.epoch_of(state_of(votes=Votes(raised=3))), 3)
        self.assertEqual(knowledge.epoch_of(state_of(votes=Votes(raised=3), config=config_of(epoch=4))), 4)

    def test_the_marker_keeps_the_roster_whatever_it_says(self) -> None:
        state = state_of(member=Member(1, 'joined', CA, (('n2', 'u-2'),)), votes=Votes())
        self.assertEqual(knowledge.member_like(state, 'joining', OTHER_CA, 2),
                         Member(2, 'joining', OTHER_CA, (('n2', 'u-2'),)))
