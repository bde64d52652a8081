"""What a node tells Genesis of its sets of secrets, and when it forgets the previous one."""
import json
import os
import unittest
from typing import Any, Dict, List, Optional, Tuple

from enroll import held, places, saying
from enroll.decide import Kept, forgets_previous
from enroll.rounds import Outcome
from enroll.test_scene import NEWER, OLD, SERVER, OnANode, seal
from trust.proof import proof


class Rotation(OnANode):
    def setUp(self) -> None:
        super().setUp()
        self.has(NEWER)
        self.write(places.PREVIOUS, json.dumps(held.as_json(SERVER)))

    def genesis_keeps(self, sets: Optional[List[str]], key: str = NEWER.peer_key, name: str = 'n1') -> None:
        def answer(body: Dict[str, Any]) -> Tuple[int, bytes]:
            text = json.dumps({**held.as_json(NEWER), 'name': name, **({} if sets is None else {'kept': sets})})
            sealed = seal(text, body['key'])
            proofs = [proof(key.encode(), 'enroll', body['nonce'], sealed['tag'])]
            return 200, json.dumps({'version': 1, 'sealed': sealed, 'proofs': proofs}).encode()
        self.genesis.enroll = answer

    def has_previous(self) -> bool:
        self.round()
        return os.path.exists(places.PREVIOUS)

    def test_the_previous_set_goes_when_genesis_no_longer_has_it(self) -> None:
        assert NEWER.set is not None and SERVER.set is not None
        self.genesis_keeps([NEWER.set, SERVER.set])
        self.assertTrue(self.has_previous())
        self.genesis_keeps(None)
        self.assertTrue(self.has_previous(), 'an older Genesis says nothing')
        self.genesis_keeps([NEWER.set], 'a strangers key')
        self.assertTrue(self.has_previous(), 'a stranger has no say')
        self.genesis_keeps([NEWER.set], name='n2')
        self.assertTrue(self.has_previous(), 'an answer that is not used counts in nothing')
        self.genesis_keeps([NEWER.set])
        self.assertFalse(self.has_previous())
        self.assert_kept(NEWER)

    def test_it_proves_which_set_it_works_with(self) -> None:
        self.genesis_keeps(None)
        self.round()
        asked = self.genesis.asked[-1]
        expected = proof(NEWER.peer_key.encode(), 'uses', asked['nonce'], str(NEWER.set))
        self.assertEqual(asked['uses'], {'set': NEWER.set, 'proof': expected})

    def test_one_with_secrets_of_version_1_cannot_say(self) -> None:
        self.has(OLD)
        self.round()
        self.assertNotIn('uses', self.genesis.asked[-1])


class Pure(unittest.TestCase):
    def test_what_is_not_fresh_takes_nothing(self) -> None:
        kept = Kept(NEWER, None, SERVER)
        self.assertTrue(forgets_previous(kept, [str(NEWER.set)], True))
        self.assertFalse(forgets_previous(kept, [str(NEWER.set)], False))
        self.assertFalse(forgets_previous(kept, [], True))
        self.assertFalse(forgets_previous(Kept(NEWER, None), [str(NEWER.set)], True))

    def test_secrets_of_version_1_go_with_the_last_older_set(self) -> None:
        kept = Kept(NEWER, None, OLD)
        self.assertFalse(forgets_previous(kept, [str(NEWER.set), str(SERVER.set)], True))
        self.assertTrue(forgets_previous(kept, [str(NEWER.set)], True))

    def test_a_node_with_two_sets_asks_more_often(self) -> None:
        for kept in (Kept(SERVER, NEWER), Kept(NEWER, None, SERVER)):
            self.assertEqual(saying.pause(Outcome(kept, True, None), 0, 0.5), saying.ROTATING_PAUSE)
        self.assertEqual(saying.pause(Outcome(Kept(SERVER, None), True, None), 0, 0.5), saying.CALM_PAUSE)


if __name__ == '__main__':
    unittest.main()
