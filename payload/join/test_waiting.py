import unittest
from typing import List

from join.inputs import K3sStatus, Scanned
from join.model import Founded, Member, Value, Votes
from join.others import Server
from join.outputs import Say
from join.test_scene import CA, OTHER_CA, Trial, config_of, facts_of, founded, kinds, status_of
from join.timing import SAY_AFTER, SAY_AGAIN


def said(trial: Trial) -> List[str]:
    return [one.text for one in kinds(trial.done, Say)]


class When(unittest.TestCase):
    def test_a_node_that_waits_says_why_after_30_seconds(self) -> None:
        trial = Trial()
        trial.live(0.0, SAY_AFTER - 0.5)
        self.assertEqual(said(trial), [])
        trial.live(SAY_AFTER, SAY_AFTER)
        self.assertEqual(
            said(trial), ['n1: sees 1 of the 2 servers needed to found the cluster; waiting for 1 of: n2, n3'])

    def test_the_agents_timer_brings_it_to_say_so(self) -> None:
        trial = Trial()
        trial.at(1.0, Scanned(()))
        for _ in range(99):
            trial.at(trial.timer)
            if said(trial):
                break
        self.assertLessEqual(trial.timer, SAY_AFTER + SAY_AGAIN)
        self.assertEqual(len(said(trial)), 1)

    def test_again_every_five_minutes_and_when_the_reason_changes(self) -> None:
        trial = Trial()
        trial.live(0.0, SAY_AFTER + SAY_AGAIN - 1.0)
        self.assertEqual(len(said(trial)), 1)
        trial.live(SAY_AFTER + SAY_AGAIN, SAY_AFTER + SAY_AGAIN)
        self.assertEqual(len(said(trial)), 2)
        trial.live(400.0, 400.0, servers=(Server('10.0.0.2', False, None, True),))
        self.assertIn('10.0.0.2 answers on port 6443', said(trial)[2])

    def test_when_it_is_over_it_takes_the_sentence_back(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.live(0.0, SAY_AFTER + 1.0)
        self.assertEqual(len(said(trial)), 1)
        trial.at(SAY_AFTER + 2.0, status_of())
        self.assertEqual(said(trial)[1], '')


class Why(unittest.TestCase):
    def reason(self, trial: Trial) -> str:
        trial.live(0.0, 1.0)
        return trial.state.reason

    def test_the_sentence_names_what_is_waited_for(self) -> None:
        for words, facts in (
            ('cannot be trusted (votes.json: broken)', facts_of(unreadable='votes.json: broken')),
            ('no verified server', facts_of(config=config_of(role='agent'))),
            ('10.9.9.9 does not answer', facts_of(config=config_of(join_only=True, hints=('10.9.9.9',)))),
            ('it was a member before', facts_of(member=Member(1, 'joined', CA), votes=Votes())),
            ('set up after the cluster was founded', facts_of(votes=Votes(joiner_of=1))),
            ('a cluster was founded', facts_of(votes=Votes(founded=Founded(1, CA)))),
            ('says that the cluster is founded', facts_of(config=config_of(founded=True), votes=Votes(1))),
            ('others are founding epoch 2', facts_of(votes=Votes(epoch=2))),
            ('lists no servers', facts_of(config=config_of(sets=()))),
        ):
            self.assertIn(words, self.reason(Trial(facts)))

    def test_a_peer_with_data(self) -> None:
        trial = Trial()
        trial.at(0.5, trial.hello('n2', standing='member', votes_from=2))
        self.assertIn('n2 has data of a cluster', self.reason(trial))

    def test_data_of_an_epoch_that_is_over_blocks_nothing(self) -> None:
        trial = Trial(facts_of(config=config_of(epoch=2)))
        trial.at(0.5, trial.hello('n2', standing='member', votes_from=2, founded=(1, CA)))
        self.assertNotIn('holds data', self.reason(trial))

    def test_a_peer_that_is_just_founding(self) -> None:
        trial = Trial()
        trial.at(0.5, trial.hello('n2', standing='founding'))
        self.assertIn('n2 is founding', self.reason(trial))

    def test_a_chosen_founder_that_is_not_there(self) -> None:
        trial = Trial()
        trial.at(0.5, trial.hello('n2', chosen=('n3', 'u-3')))
        self.assertEqual(trial.state.chosen, Value('n3', 'u-3'))
        self.assertIn('n3 was chosen', self.reason(trial))
        self.assertIn('homepbp abandon-founder', trial.state.reason)

    def test_two_clusters(self) -> None:
        trial = Trial(facts_of(votes=Votes(founded=Founded(1, CA))))
        trial.at(0.5, trial.hello('n2', standing='member', votes_from=2, founded=(1, OTHER_CA)))
        self.assertIn('two clusters exist', self.reason(trial))

    def test_an_unverified_server_blocks_only_where_one_of_ours_may_be(self) -> None:
        for expected in (True, False):
            trial = Trial()
            trial.live(0.0, 1.0, servers=(Server('10.0.0.9', False, None, expected),))
            self.assertEqual('10.0.0.9' in trial.state.reason, expected)


class WithoutEtcd(unittest.TestCase):
    def test_a_member_that_starts_without_its_majority_names_the_way_out(self) -> None:
        roster = (('n2', 'u-2'), ('n3', 'u-3'))
        trial = Trial(founded(votes=Votes())._replace(member=Member(1, 'founder', CA, roster)))
        trial.live(0.0, SAY_AFTER + 1.0)
        self.assertIn('(known: n2, n3)', said(trial)[0])
        self.assertIn('homepbp rescue', said(trial)[0])

    def test_so_does_one_that_loses_it_later_until_it_is_back(self) -> None:
        trial = Trial(founded(votes=Votes()))
        trial.at(1.0, status_of())
        self.assertEqual(trial.state.reason, '')
        trial.at(100.0, K3sStatus(False))
        self.assertIn('homepbp rescue', trial.state.reason)
        trial.at(100.0 + SAY_AFTER)
        self.assertIn('its etcd does not answer', said(trial)[0])
        trial.at(140.0, status_of())
        self.assertEqual((trial.state.reason, said(trial)[-1]), ('', ''))

    def test_and_one_whose_agent_was_started_again(self) -> None:
        trial = Trial(founded(votes=Votes(), k3s_running=True))
        trial.live(0.0, SAY_AFTER + 1.0)
        self.assertIn('homepbp rescue', said(trial)[0])

    def test_an_agent_has_no_etcd_to_lose(self) -> None:
        trial = Trial(facts_of(
            config=config_of(role='agent'), member=Member(1, 'joining', CA), votes=Votes(), k3s_running=True))
        trial.at(1.0, K3sStatus(True, CA))
        trial.at(2.0, K3sStatus(False, CA))
        self.assertEqual(trial.state.reason, 'k3s is running, but its kubelet does not answer')

    def test_a_member_of_an_epoch_that_is_over_keeps_k3s_off(self) -> None:
        trial = Trial(founded(votes=Votes(founded=Founded(2, OTHER_CA))))
        trial.live(0.0, 1.0)
        self.assertIn('a new cluster was founded (epoch 2)', trial.state.reason)
        self.assertEqual(trial.state.k3s, 'off')
