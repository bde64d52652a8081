"""POST BASE/api/checkin, and what to say once cloud-init has ended. Python 3.8, standard library."""
import json
import sys
import time
import urllib.request
from typing import Dict, List, Optional, Union

BOOT_ENV = '/run/homepbp/boot.env'
NODE_CONFIG = '/etc/homepbp/node.json'
CLOUD_INIT_RESULT = '/run/cloud-init/result.json'

STAGES = ('root', 'seed', 'disk', 'cluster', 'founded', 'ready')

SECONDS = 2.0
"""One try takes no longer."""
TRIES = {'founded': 5}
"""Tries of a stage that Genesis should not miss; others have one."""
PAUSE = 3.0
MOST_LETTERS = 400

Body = Dict[str, Union[str, int, None]]


def read_boot_env() -> Dict[str, str]:
    """KEY=VALUE lines of the initramfs; empty where it left none (a boot without Genesis)."""
    try:
        with open(BOOT_ENV, encoding='utf-8', errors='replace') as lines:
            pairs = [line.strip().partition('=') for line in lines]
    except OSError:
        return {}
    return {key: value for key, equals, value in pairs if equals}


def read_epoch() -> Optional[int]:
    """cluster.epoch of node.json; None where that cannot be read."""
    try:
        with open(NODE_CONFIG, encoding='utf-8') as file:
            epoch = json.load(file)['cluster']['epoch']
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return epoch if type(epoch) is int and epoch > 0 else None


def body_of(mac: str, stage: str, message: str, error: Optional[str], epoch: Optional[int]) -> Body:
    """The JSON object of contract/checkin.ts."""
    body: Body = {
        'mac': mac, 'stage': stage, 'message': message[:MOST_LETTERS],
        'error': error[:MOST_LETTERS] if error else None,
    }
    if stage == 'founded' and epoch is not None:
        body['epoch'] = epoch
    return body


def post(base: str, body: Body, seconds: float = SECONDS) -> bool:
    """Whether Genesis took it. Never raises for what the network or Genesis does."""
    request = urllib.request.Request(
        base + '/api/checkin', json.dumps(body).encode(), {'Content-Type': 'application/json'},
    )
    # A proxy of the environment is none of Genesis' business.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=seconds):
            return True
    except (OSError, ValueError):
        return False


def check_in(stage: str, message: str = '', error: Optional[str] = None) -> bool:
    """Tells Genesis, from what the boot left in /run; True when it was heard."""
    env = read_boot_env()
    base, mac = env.get('HOMEPBP_BASE', ''), env.get('HOMEPBP_NODE', '')
    if not base.startswith('http://') or not mac:
        return False
    body = body_of(mac, stage, message, error, read_epoch())
    for tries_left in range(TRIES.get(stage, 1) - 1, -1, -1):
        if post(base, body):
            return True
        if tries_left:
            time.sleep(PAUSE)
    return False


def cloud_init_errors() -> List[str]:
    """What cloud-init could not do; none where it left no result."""
    try:
        with open(CLOUD_INIT_RESULT, encoding='utf-8') as file:
            errors = json.load(file)['v1']['errors']
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [str(error) for error in errors] if isinstance(errors, list) else []


def booted() -> bool:
    """The system is up. In recovery that is all; else the join agent says when the node is ready."""
    errors = cloud_init_errors()
    if errors:
        return check_in('seed', 'cloud-init has ended', 'cloud-init: ' + '; '.join(errors))
    if read_boot_env().get('HOMEPBP_MODE') == 'recovery':
        return check_in('ready', 'the system is up, in recovery')
    return check_in('seed', 'cloud-init is done')


def main(words: List[str]) -> int:
    """checkin STAGE [MESSAGE [ERROR]] | checkin --booted; 0 heard, 1 not heard, 2 not understood."""
    if words == ['--booted']:
        return 0 if booted() else 1
    if not 1 <= len(words) <= 3 or words[0] not in STAGES:
        print(f'usage: checkin {"|".join(STAGES)} [MESSAGE [ERROR]]', file=sys.stderr)
        return 2
    return 0 if check_in(*words) else 1
