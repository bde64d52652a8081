import os
import stat
import tempfile
import unittest
from unittest import mock

from join.shell import last_words
from join.shell.last_words import LINES, MOST_LETTERS, in_lines

FATAL = 'time="2026-11-25T17:00:00Z" level=fatal msg='


class LastWords(unittest.TestCase):
    def test_the_newest_fatal_line_counts_whatever_comes_after_it(self) -> None:
        text = f'{FATAL}"the first"\ntime="…" level=info msg="starts"\n{FATAL}"the second"\nk3s.service: Failed\n'
        self.assertEqual(in_lines(text, 'secret'), 'the second')

    def test_without_one_there_are_none(self) -> None:
        for text in ('', 'level=error msg="no"\n', 'a word of level=fatal\n'):
            self.assertEqual(in_lines(text, 'secret'), '')

    def test_quotes_of_the_log_are_taken_off(self) -> None:
        self.assertEqual(in_lines(FATAL + 'short\n', 'secret'), 'short')
        self.assertEqual(in_lines(FATAL + '"flag \\"x\\" is unknown"\n', 'secret'), 'flag "x" is unknown')

    def test_what_a_terminal_must_not_get_is_escaped(self) -> None:
        self.assertEqual(in_lines(FATAL + '"a\x1b[2Jb\x07\u202ec"\n', 'secret'), 'a\\x1b[2Jb\\x07\\u202ec')

    def test_its_length_is_bounded(self) -> None:
        for letter in ('a', '\x1b'):
            found = in_lines(FATAL + letter * 5000, 'secret')
            self.assertEqual((len(found), found[-3:]), (MOST_LETTERS, '...'))
        self.assertEqual(in_lines(FATAL + 'a' * MOST_LETTERS, 'secret'), 'a' * MOST_LETTERS)

    def test_no_token_is_among_them(self) -> None:
        self.assertEqual(in_lines(FATAL + 's3cret, f0ragents', 's3cret', 'f0ragents'), '***, ***')
        self.assertEqual(in_lines(FATAL + '"bad token K10ab::server:s3cret"\n', 's3cret'), 'bad token K10ab::server:***')


class Journal(unittest.TestCase):
    """With a journalctl of the test's own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = os.path.join(folder.name, 'journalctl')
        patch = mock.patch.dict(os.environ, {'PATH': folder.name + ':' + os.environ['PATH']})
        patch.start()
        self.addCleanup(patch.stop)

    def install(self, script: str) -> None:
        with open(self.program, 'w', encoding='utf8') as file:
            file.write('#!/bin/sh\n' + script)
        os.chmod(self.program, stat.S_IRWXU)

    def test_it_is_asked_for_the_end_of_the_unit_in_this_boot(self) -> None:
        self.install('echo "level=fatal msg=\\"$*\\""\n')
        asked = last_words.of('k3s.service', 'secret').split()
        self.assertEqual(set(asked), {
            '--quiet', '--no-pager', '--boot', '--output=cat', f'--lines={LINES}', '--unit=k3s.service'})

    def test_a_line_of_other_bytes_than_text_does_no_harm(self) -> None:
        self.install("printf 'level=fatal msg=\"a\\377b\"\\n'\n")
        self.assertEqual(last_words.of('k3s.service', 'secret'), 'a\\ufffdb')

    def test_a_journal_that_does_not_answer_says_nothing(self) -> None:
        self.install('sleep 2; echo level=fatal msg=late\n')
        with mock.patch.object(last_words, 'SECONDS', 0.1):
            self.assertEqual(last_words.of('k3s.service', 'secret'), '')
        os.remove(self.program)
        with mock.patch.dict(os.environ, {'PATH': os.path.dirname(self.program)}):
            self.assertEqual(last_words.of('k3s.service', 'secret'), '')

