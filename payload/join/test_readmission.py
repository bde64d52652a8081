import unittest
from typing import List

from join.model import Votes
from join.outputs import RemoveMember
from join.test_roster import member
from join.test_scene import Trial, founded, kinds, status_of


def removals(trial: Trial) -> List[str]:
    return [one.name for one in kinds(trial.done, RemoveMember)]


class Readmission(unittest.TestCase):
    def wiped(self, uuid: str = 'u-new') -> Trial:
        """n2 is out of reach since second 100; a blank n2 is heard from 150 on."""
        trial = member()
        trial.at(100.0, status_of('n2'), trial.member_hello('n3'))
        for now in range(150, 160):
            trial.at(float(now), trial.hello('n2', uuid), trial.member_hello('n3'))
        return trial

    def test_a_wiped_server_is_removed_after_a_minute_out_of_reach_and_once(self) -> None:
        trial = self.wiped()
        self.assertEqual(removals(trial), [])
        trial.at(159.9)
        self.assertEqual(removals(trial), [])
        trial.at(160.1)
        self.assertEqual(removals(trial), ['n2'])
        trial.at(165.0, trial.hello('n2', 'u-new'))
        self.assertEqual(removals(trial), ['n2'])

    def test_the_same_state_is_not_removed(self) -> None:
        trial = self.wiped('u-2')
        trial.at(200.0, trial.hello('n2', 'u-2'))
        self.assertEqual(removals(trial), [])

    def test_a_member_that_etcd_reaches_is_not_removed(self) -> None:
        trial = self.wiped()
        trial.at(159.0, status_of())
        trial.at(200.0, trial.hello('n2', 'u-new'))
        self.assertEqual(removals(trial), [])

    def test_nobody_is_removed_while_the_old_disk_still_speaks(self) -> None:
        trial = self.wiped()
        trial.at(159.0, trial.member_hello('n2', 'u-2'))
        trial.at(170.0, trial.hello('n2', 'u-new'))
        self.assertEqual(removals(trial), [])

    def test_nobody_is_removed_where_the_rest_has_no_quorum(self) -> None:
        trial = self.wiped()
        trial.at(159.0, status_of('n2', 'n3'))
        trial.at(230.0, trial.hello('n2', 'u-new'))
        self.assertEqual(removals(trial), [])

    def test_nobody_is_removed_while_another_joins(self) -> None:
        trial = self.wiped()
        trial.at(159.0, status_of('n2', count=4, learner='n4'))
        trial.at(170.0, trial.hello('n2', 'u-new'))
        self.assertEqual(removals(trial), [])

    def test_a_member_with_a_lower_name_does_it(self) -> None:
        trial = Trial(founded(votes=Votes())._replace(
            uuid='u-9', config=founded().config._replace(name='n3')))
        trial.at(1.0, status_of(), trial.member_hello('n2'), trial.member_hello('n1'))
        trial.at(100.0, status_of('n2'))
        for now in range(150, 170):
            trial.at(float(now), trial.hello('n2', 'u-new'), trial.member_hello('n1'))
        self.assertEqual(removals(trial), [])
        trial.at(230.0, trial.hello('n2', 'u-new'))
        self.assertEqual(removals(trial), ['n2'], 'once n1 is gone')

    def test_a_member_whose_disk_nobody_knew_is_left_to_a_person(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of('n2'))
        for now in range(50, 130):
            trial.at(float(now), trial.hello('n2', 'u-new'))
        self.assertEqual(removals(trial), [])
