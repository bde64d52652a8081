"""POST BASE/api/checkin, and what to say once cloud-init has finished. Python 3.8, standard library."""
import json
import sys
from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from checkin.exchange import NoAnswer, exchange
from trust.proof import proof

BOOT_ENV = '/run/homepbp/boot.env'
CLOUD_INIT_RESULT = '/run/cloud-init/result.json'

STAGES = ('root', 'seed', 'disk', 'cluster', 'founded', 'ready')

SECONDS = 2.0
"""The limit for the only attempt. The join agent repeats what must be heard."""
MOST_LETTERS = 400

Body = Dict[str, Union[str, int, None]]


class Prover(NamedTuple):
    """What a check-in that has consequences is proved with: that it is this node's, and not a replay."""

    key: bytes
    challenge: str
    """Hex digits that Genesis has just made up."""


def read_boot_env(path: Optional[str] = None) -> Dict[str, str]:
    """KEY=VALUE lines of the initramfs; empty if it left none (a boot without Genesis)."""
    try:
        with open(path or BOOT_ENV, encoding='utf-8', errors='replace') as lines:
            pairs = [line.strip().partition('=') for line in lines]
    except OSError:
        return {}
    return {key: value for key, equals, value in pairs if equals}


def body_of(mac: str, stage: str, message: str, error: Optional[str], epoch: Optional[int]) -> Body:
    """The JSON object of contract/checkin.ts. `epoch` is that of a founding."""
    body: Body = {
        'mac': mac, 'stage': stage, 'message': message[:MOST_LETTERS],
        'error': error[:MOST_LETTERS] if error else None,
    }
    if epoch is not None:
        body['epoch'] = epoch
    return body


def proved(body: Body, prover: Prover) -> Body:
    """The body with its proof."""
    epoch = '' if 'epoch' not in body else str(body['epoch'])
    fields = (str(body['mac']), str(body['stage']), epoch, str(body['message']))
    return {**body, 'challenge': prover.challenge, 'proof': proof(prover.key, 'check-in', prover.challenge, *fields)}


def post(base: str, body: Body, seconds: float = SECONDS) -> bool:
    """Whether Genesis took it in that time. Never raises for what the network or Genesis does."""
    try:
        return exchange(base + '/api/checkin', json.dumps(body).encode(), seconds).status // 100 == 2
    except NoAnswer:
        return False


def check_in(
    stage: str, message: str = '', error: Optional[str] = None, epoch: Optional[int] = None,
    prover: Optional[Prover] = None,
) -> bool:
    """Tells Genesis, from what the boot left in /run; True when it was heard."""
    env = read_boot_env()
    base, mac = env.get('HOMEPBP_BASE', ''), env.get('HOMEPBP_NODE', '')
    if not base.startswith('http://') or not mac:
        return False
    body = body_of(mac, stage, message, error, epoch)
    return post(base, body if prover is None else proved(body, prover))


def cloud_init_errors() -> List[str]:
    """What cloud-init failed to do; empty if it left no result."""
    try:
        with open(CLOUD_INIT_RESULT, encoding='utf-8') as file:
            errors = json.load(file)['v1']['errors']
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [str(error) for error in errors] if isinstance(errors, list) else []


def booted() -> bool:
    """The system is up. In recovery that is all; otherwise the join agent reports when the node is ready."""
    errors = cloud_init_errors()
    if errors:
        return check_in('seed', 'cloud-init has finished', 'cloud-init: ' + '; '.join(errors))
    if read_boot_env().get('HOMEPBP_MODE') == 'recovery':
        return check_in('ready', 'the system is up, in recovery')
    return check_in('seed', 'cloud-init is done')


def read_words(words: List[str]) -> Optional[Tuple[str, str, Optional[str]]]:
    """Stage, message and error; None if they are invalid."""
    if not 1 <= len(words) <= 3 or words[0] not in STAGES:
        return None
    stage, message, error = [*words, '', ''][:3]
    return stage, message, error or None


def main(words: List[str]) -> int:
    """checkin STAGE [MESSAGE [ERROR]] | checkin --booted; 0 heard, 1 not heard, 2 invalid."""
    if words == ['--booted']:
        return 0 if booted() else 1
    understood = read_words(words)
    if understood is None:
        print(f'usage: checkin {"|".join(STAGES)} [MESSAGE [ERROR]]', file=sys.stderr)
        return 2
    return 0 if check_in(*understood) else 1
