import unittest

from join.quorum import is_own, is_quorum, majority, missing, needed

ONE, THREE = ('n1',), ('n1', 'n2', 'n3')


class Needed(unittest.TestCase):
    def test_two_majorities_of_a_set_meet(self) -> None:
        for count in range(1, 10):
            self.assertGreater(2 * majority(count), count)
            self.assertLessEqual(majority(count), count)

    def test_all_means_all(self) -> None:
        self.assertEqual([needed(count, 'all', True) for count in (1, 2, 5)], [1, 2, 5])

    def test_safe_meets_a_majority_although_one_voter_has_forgotten(self) -> None:
        self.assertEqual([needed(count, 'safe', True) for count in (1, 2, 3, 4, 5, 7)], [1, 2, 3, 3, 4, 5])
        for count in range(2, 10):
            if needed(count, 'safe', True) < count:
                self.assertGreater(needed(count, 'safe', True) + majority(count) - 1, count)

    def test_a_number_holds_for_the_own_set_and_never_less_than_a_majority_for_others(self) -> None:
        self.assertEqual(needed(5, 2, True), 2)
        self.assertEqual(needed(5, 2, False), 3)
        self.assertEqual(needed(5, 4, False), 4)
        self.assertEqual(needed(3, 9, True), 3)


class Quorums(unittest.TestCase):
    def test_a_quorum_of_every_set_is_needed(self) -> None:
        sets = (ONE, THREE)
        self.assertFalse(is_quorum(('n2', 'n3'), sets, THREE, 'majority'), '{n1} founded alone once')
        self.assertTrue(is_quorum(('n1', 'n3'), sets, THREE, 'majority'))

    def test_no_set_at_all_never_has_a_quorum(self) -> None:
        self.assertFalse(is_quorum(('n1',), (), ONE, 'majority'))

    def test_names_outside_the_set_do_not_count(self) -> None:
        self.assertFalse(is_quorum(('n1', 'x', 'y'), (THREE,), THREE, 'majority'))

    def test_what_is_missing_is_said_of_each_set_that_lacks_votes(self) -> None:
        lacking = missing(('n2', 'n3'), (ONE, THREE), THREE, 'majority')
        self.assertEqual(lacking, [(0, 1, ['n1'])])
        self.assertEqual(missing(('n1', 'n2'), (ONE, THREE), THREE, 'majority'), [])

    def test_the_own_set_is_known_in_any_order(self) -> None:
        self.assertTrue(is_own(('n2', 'n1'), ('n1', 'n2')))
        self.assertFalse(is_own(('n1', 'n2', 'n3'), ('n1', 'n2')))
        self.assertFalse(is_own(('n1', 'n4'), ('n1', 'n2')))
