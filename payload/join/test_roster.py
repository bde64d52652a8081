import unittest

from join.model import Member, Votes
from join.test_scene import CA, Trial, founded, status_of


def member() -> Trial:
    """n1 runs; n2 and n3 are members and told so."""
    trial = Trial(founded(votes=Votes()))
    trial.at(1.0, status_of())
    trial.at(2.0, trial.member_hello('n2'), trial.member_hello('n3'))
    return trial


class Roster(unittest.TestCase):
    def test_a_member_that_etcd_reaches_is_known_by_its_state(self) -> None:
        trial = member()
        assert trial.state.member is not None
        self.assertEqual(trial.state.member.roster, (('n2', 'u-2'), ('n3', 'u-3')))

    def test_also_when_etcd_reaches_it_only_later(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of('n2'))
        trial.at(2.0, trial.member_hello('n2'))
        assert trial.state.member is not None
        self.assertEqual(trial.state.member.roster, ())
        trial.at(3.0, status_of())
        self.assertEqual(trial.state.member.roster, (('n2', 'u-2'),))

    def test_a_learner_is_not_known_yet(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of(learner='n2'), trial.member_hello('n2'))
        assert trial.state.member is not None
        self.assertEqual(trial.state.member.roster, ())

    def test_an_old_disk_that_holds_data_does_not_pass_for_the_member(self) -> None:
        """It says that it is a member until its etcd finds out that it was removed."""
        trial = member()
        trial.at(100.0, trial.member_hello('n2', 'u-new'), status_of())
        assert trial.state.member is not None
        self.assertEqual(dict(trial.state.member.roster)['n2'], 'u-new')
        trial.at(105.0, trial.member_hello('n2', 'u-2'), status_of())
        self.assertEqual(dict(trial.state.member.roster)['n2'], 'u-new', 'etcd has not noticed yet')
        trial.at(200.0, status_of('n2'))
        trial.at(201.0, trial.member_hello('n2', 'u-2'))
        self.assertEqual(dict(trial.state.member.roster)['n2'], 'u-new')

    def test_nor_while_the_member_is_still_heard_and_etcd_has_not_noticed(self) -> None:
        roster = (('n2', 'u-new'),)
        trial = Trial(founded(votes=Votes())._replace(member=Member(1, 'founder', CA, roster)))
        trial.at(1.0, status_of(), trial.member_hello('n2', 'u-new'))
        trial.at(5.0, trial.member_hello('n2', 'u-2'))
        assert trial.state.member is not None
        self.assertEqual(trial.state.member.roster, roster)
