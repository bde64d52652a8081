import json
import os
import tempfile
import unittest
from typing import Any, Dict

from join.model import Accepted, Ballot, Founded, Member, Value, Votes
from join.shell import durable

VOTES = Votes(
    epoch=2, promised=Ballot(3, 'u-1'), accepted=Accepted(Ballot(3, 'u-1'), Value('n1', 'u-1')),
    joiner_of=1, founded=Founded(2, 'a' * 64), raised=2)
MEMBER = Member(2, 'joined', 'a' * 64, (('n1', 'u-1'), ('n2', 'u-2')), '10.0.0.1')


class Durable(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, 'file.json')

    def write(self, value: Any) -> None:
        with open(self.path, 'w', encoding='utf8') as file:
            file.write(value if isinstance(value, str) else json.dumps(value))

    def test_what_is_written_comes_back(self) -> None:
        for votes in (VOTES, Votes()):
            durable.write_json(self.path, durable.votes_to_json(votes))
            self.assertEqual(durable.read_votes(self.path), votes)
        for member in (MEMBER, Member(1, 'founding')):
            durable.write_json(self.path, durable.member_to_json(member))
            self.assertEqual(durable.read_member(self.path), member)

    def test_no_file_is_no_fault(self) -> None:
        self.assertIsNone(durable.read_votes(self.path))
        self.assertIsNone(durable.read_member(self.path))

    def test_anything_else_is_unreadable_with_its_path(self) -> None:
        good: Dict[str, Any] = durable.votes_to_json(VOTES)
        for bad in (
            '', '{', '[]', '"x"', {**good, 'version': 2}, {**good, 'more': 1}, {**good, 'epoch': '2'},
            {**good, 'epoch': -1}, {**good, 'epoch': True}, {**good, 'promised': [1]},
            {**good, 'promised': ['1', 'u']}, {**good, 'accepted': [[1, 'u']]}, {**good, 'founded': []},
        ):
            self.write(bad)
            with self.assertRaisesRegex(durable.Unreadable, 'file.json'):
                durable.read_votes(self.path)
        member = durable.member_to_json(MEMBER)
        for bad in ('{}', {**member, 'mode': 'king'}, {**member, 'roster': [['n1']]}, {**member, 'roster': 3}):
            self.write(bad)
            with self.assertRaises(durable.Unreadable):
                durable.read_member(self.path)

    def test_a_file_cut_anywhere_is_unreadable(self) -> None:
        whole = json.dumps(durable.votes_to_json(VOTES))
        for end in range(len(whole)):
            self.write(whole[:end])
            with self.assertRaises(durable.Unreadable):
                durable.read_votes(self.path)

    def test_a_failed_write_leaves_the_old_file_whole(self) -> None:
        durable.write_json(self.path, durable.votes_to_json(VOTES))
        os.mkdir(self.path + '.new')
        with self.assertRaises(OSError):
            durable.write_json(self.path, durable.votes_to_json(Votes()))
        self.assertEqual(durable.read_votes(self.path), VOTES)

    def test_the_mode_is_that_asked_for(self) -> None:
        durable.write(self.path, 'x', 0o600)
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)
