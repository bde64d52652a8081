"""The judge's argument: which two clusters are excused, and which are not."""
import unittest
from typing import Dict

from join.model import Ballot
from simulate.foundings import Founding, Operated, Proposal, excuse

SET = ('n1', 'n2', 'n3')
NOTHING_ODD = Operated(False, False)
FIRST = {'n1': 'u1', 'n2': 'u2'}
"""The voters of the first cluster: name → STATE."""


def founding(number: int, ballot: int, voters: Dict[str, str]) -> Founding:
    name, uuid = 'n%d' % number, 'u%d' % number
    return Founding(name, uuid, 1, 0.0, Ballot(ballot, uuid), 0.0, voters, (SET,), SET, 'majority', False,
                    False, False, False)


def judged(promises: Dict[str, str], ballot: int = 2) -> object:
    """n3 founds after n1, by these promises."""
    rival = Proposal(Ballot(ballot, 'u3'), 'u3', promises, (SET,))
    return excuse(founding(1, 1, FIRST), founding(3, ballot, promises), [rival], NOTHING_ODD)


class TwoClusters(unittest.TestCase):
    def test_a_voter_with_the_same_disk_in_both_is_no_excuse(self) -> None:
        self.assertIsNone(judged({'n2': 'u2', 'n3': 'u3'}))
        self.assertIsNone(judged({'n1': 'u9', 'n2': 'u2', 'n3': 'u3'}))

    def test_all_that_voted_for_both_have_another_disk_now(self) -> None:
        self.assertEqual(judged({'n2': 'u9', 'n3': 'u3'}), 'voters-lost-their-disks')

    def test_no_name_in_common_means_that_a_quorum_was_too_small(self) -> None:
        self.assertIsNone(judged({'n3': 'u3'}))

    def test_no_set_in_common_is_excused_only_by_what_the_operator_did(self) -> None:
        old, new = founding(1, 1, {'n1': 'u1'})._replace(sets=(('n1',),)), founding(3, 2, {'n2': 'u2', 'n3': 'u3'})
        rival = Proposal(new.ballot, 'u3', new.voters, new.sets)
        for operated, name in ((NOTHING_ODD, None), (Operated(False, True), 'never-booted'),
                               (Operated(True, False), 'latch-reopened')):
            self.assertEqual(excuse(old, new, [rival], operated), name)

    def test_the_first_rival_counts_not_the_last(self) -> None:
        """A later proposer may have taken over what an earlier one was wrongly allowed to ask for."""
        new = founding(3, 5, {'n2': 'u9', 'n3': 'u3'})
        rivals = [Proposal(Ballot(5, 'u3'), 'u3', new.voters, (SET,)),
                  Proposal(Ballot(2, 'u3'), 'u3', {'n2': 'u2', 'n3': 'u3'}, (SET,))]
        self.assertIsNone(excuse(founding(1, 1, FIRST), new, rivals, NOTHING_ODD))

    def test_one_disk_founds_once(self) -> None:
        self.assertIsNone(excuse(founding(1, 1, FIRST), founding(1, 2, {'n1': 'u1', 'n3': 'u3'}), [], NOTHING_ODD))


if __name__ == '__main__':
    unittest.main()
