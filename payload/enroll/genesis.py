"""Asks Genesis for this node's secrets: POST /api/enroll (contract/enrolment.ts), or the files of an export where a
plain web server has taken its place."""
import json
from typing import Any, Dict, NamedTuple, Optional, Tuple

from checkin.exchange import Answer, exchange
from enroll.held import Held
from trust.proof import proof

PLAIN_SERVER = (403, 404, 405, 501)
"""What web servers without our API answer to a POST. Ours uses some of these too, but serves no such files."""
SPEAKER = 'HomePBP: '
MOST_PROOFS = 64
MOST_LETTERS = 300
"""Of a sentence that is shown."""


class Refused(Exception):
    """Genesis says no; the text is its own sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Unusable(Exception):
    """What answers is not Genesis, or not one that we understand."""


class Page(Unusable):
    """A web page, as captive portals and servers of web applications answer to every name: there is no such file."""

    def __init__(self) -> None:
        super().__init__(
            'it is a web page, and this web server answers every name with one; have it answer 404 for files that it '
            'does not have')


class Sealed(NamedTuple):
    """Secrets, sealed to a key."""

    sealed: Dict[str, Any]
    tag: str
    proofs: Tuple[str, ...]
    nonce: str
    """Empty in a file."""


class Asking(NamedTuple):
    """Who asks whom."""

    base: str
    mac: str
    state: Optional[str]
    """The UUID of STATE; None without a disk."""
    key: str
    """The public key in PEM."""
    uses: Optional[Held] = None
    """The secrets that it works with."""


def ask(asking: Asking, nonce: str) -> Sealed:
    """Raises NoAnswer, Refused or Unusable."""
    body = {
        'version': 1, 'mac': asking.mac, 'state': asking.state, 'key': asking.key, 'nonce': nonce,
        **_uses(asking.uses, nonce)}
    answer = exchange(f'{asking.base}/api/enroll', json.dumps(body).encode())
    if answer.status != 200:
        raise Refused(answer.status, sentence(answer))
    return read_sealed(answer.body, nonce)


def _uses(used: Optional[Held], nonce: str) -> Dict[str, Any]:
    """So that Genesis knows who still works with which set."""
    if used is None or used.set is None:
        return {}
    return {'uses': {'set': used.set, 'proof': proof(used.peer_key.encode(), 'uses', nonce, used.set)}}


def sealed_file(asking: Asking) -> Optional[Sealed]:
    """An export's, sealed to the key that the node had then; None if there is none. Raises NoAnswer or Unusable."""
    answer = exchange(f'{asking.base}/nodes/{asking.mac}/secrets.sealed.json')
    return read_sealed(answer.body, '') if answer.status == 200 else None


def clear_file(asking: Asking) -> Optional[str]:
    """An export's, in the clear; None if there is none. Raises NoAnswer or Unusable."""
    answer = exchange(f'{asking.base}/nodes/{asking.mac}/secrets.json')
    if answer.status != 200:
        return None
    _check_no_page(answer.body)
    try:
        return answer.body.decode('utf8')
    except UnicodeError as fault:
        raise Unusable('it answers with something other than text') from fault


def read_sealed(body: bytes, nonce: str) -> Sealed:
    """Raises Unusable."""
    _check_no_page(body)
    try:
        found = json.loads(body.decode('utf8'))
        sealed, proofs = found['sealed'], found['proofs']
        fits = (
            found['version'] == 1 and isinstance(sealed, dict) and isinstance(sealed['tag'], str)
            and isinstance(proofs, list) and len(proofs) <= MOST_PROOFS and all(isinstance(one, str) for one in proofs))
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise Unusable('its answer is not one of HomePBP\'s enrolment') from fault
    if not fits:
        raise Unusable('its answer is not one of HomePBP\'s enrolment')
    return Sealed(sealed, sealed['tag'], tuple(proofs), nonce)


def _check_no_page(body: bytes) -> None:
    """Raises Page. No JSON begins like HTML."""
    if body.lstrip(b'\xef\xbb\xbf \t\r\n').startswith(b'<'):
        raise Page()


def sentence(answer: Answer) -> str:
    """The first line of an answer, safe for a terminal."""
    # shim/http/answer.ts puts the speaker first; whoever shows this says it anyway.
    line = (answer.body.decode('utf8', 'replace').strip().splitlines() or [''])[0]
    line = line[len(SPEAKER):] if line.startswith(SPEAKER) else line
    shown = ''.join(letter for letter in line if letter.isprintable())[:MOST_LETTERS]
    return shown or f'HTTP status {answer.status}'
