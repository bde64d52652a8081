"""Where a plain web server serves an export, nobody can be asked."""
import json
import os
import unittest

from enroll import held, places
from enroll.test_scene import NEWER, PATH, SERVER, OnANode, answer
from trust import seal


class WithoutAShim(OnANode):
    def test_secrets_in_the_clear_only_for_a_node_that_has_none(self) -> None:
        for status in (403, 404, 405, 501):
            self.genesis.says(status, b'<html>')
            self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
            self.assertIsNone(self.round().trouble)
            self.assert_kept(SERVER)
            self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(NEWER)).encode()
            self.assertEqual(self.round().trouble, 'Genesis says: <html>')
            self.assert_kept(SERVER)
            os.unlink(places.SECRETS)

    def test_sealed_ones_go_first(self) -> None:
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(NEWER)).encode()
        self.genesis.files[PATH + 'secrets.sealed.json'] = answer(SERVER, self.pem(), '')
        self.round()
        self.assert_kept(SERVER)

    def test_a_web_page_under_every_name_is_no_file(self) -> None:
        page = b'\xef\xbb\xbf\n<!doctype html><title>Welcome</title>'
        self.genesis.files[PATH + 'secrets.sealed.json'] = page
        for status in (200, 404):
            self.genesis.says(status, page)
            self.genesis.files[PATH + 'secrets.json'] = page
            self.assertEqual(
                self.round().trouble,
                f'the answer of {self.base} is not used: it is a web page, and this web server answers every name with '
                'one; have it answer 404 for files that it does not have')
            self.assert_kept(None)
            self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
            self.assertIsNone(self.round().trouble)
            self.assert_kept(SERVER)
            os.unlink(places.SECRETS)

    def test_a_web_page_does_not_hide_what_is_wrong_with_a_file(self) -> None:
        self.genesis.files[PATH + 'secrets.sealed.json'] = b'{}'
        self.genesis.files[PATH + 'secrets.json'] = b'<html>'
        self.assertIn('is not one of HomePBP', self.round().trouble or '')

    def test_a_node_with_secrets_takes_none_from_where_pages_are(self) -> None:
        self.has(SERVER)
        self.genesis.says(200, b'<html>')
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(NEWER)).encode()
        self.assertIn('it is a web page', self.round().trouble or '')
        self.assert_kept(SERVER)

    def test_sealed_to_a_key_that_is_lost(self) -> None:
        other = os.path.join(self.root, 'other.pem')
        seal.make_key(other)
        self.genesis.files[PATH + 'secrets.sealed.json'] = answer(SERVER, seal.public_key(other), '')
        self.assertIn('openssl pkeyutl', self.round().trouble or '')
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
        self.round()
        self.assert_kept(SERVER)

    def test_a_newer_set_needs_a_proof(self) -> None:
        self.has(SERVER)
        for keys, staged in (((), None), (('no key',), None), ((SERVER.peer_key,), NEWER)):
            self.genesis.files[PATH + 'secrets.sealed.json'] = answer(NEWER, self.pem(), '', *keys)
            self.round()
            self.assert_kept(SERVER, staged)

    def test_a_file_does_not_say_what_is_newest(self) -> None:
        self.has(SERVER, staged=NEWER)
        self.genesis.files[PATH + 'secrets.sealed.json'] = answer(SERVER, self.pem(), '', SERVER.peer_key)
        self.round()
        self.assert_kept(SERVER, NEWER)

    def test_a_refusal_is_not_got_around(self) -> None:
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
        for status in (400, 409, 413, 429, 500, 503):
            self.genesis.says(status, b'no')
            self.assertIn('no', self.round().trouble or '')
        self.assert_kept(None)


if __name__ == '__main__':
    unittest.main()
