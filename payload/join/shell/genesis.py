"""What Genesis adds, where it runs: the founding latch, and somebody to tell. Every node copes without."""
import json
import os
import subprocess
import urllib.request
from typing import Optional

from join.inputs import Latch
from join.shell import paths

SECONDS = 5.0
MOST_BYTES = 4096


def read_latch(base: str) -> Optional[Latch]:
    """The founding latch; None where Genesis does not answer or has none."""
    if not base:
        return None
    try:
        # A proxy of the environment is none of Genesis' business.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f'{base}/api/founding', timeout=SECONDS) as answer:
            found = json.loads(answer.read(MOST_BYTES))
        epoch = found['epoch']
        if type(epoch) is not int or type(found['founded']) is not bool or not 0 <= epoch < 2 ** 31:
            return None
        return Latch(epoch if found['founded'] else 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_in(stage: str, message: str) -> None:
    """Tells Genesis; whether it hears does not matter."""
    program = os.path.join(paths.CHECKIN, 'checkin')
    if not os.path.exists(program):
        return
    try:
        subprocess.run([program, stage, message], timeout=30, check=False, capture_output=True)
    except (OSError, subprocess.TimeoutExpired):
        pass
