"""Whether the clock is right: certificates are checked against it."""
import os
import subprocess
import time
from typing import Callable

from join.shell import paths

MOST_SECONDS = 60.0
TRY_EVERY = 1.0


def is_right() -> bool:
    """Whether a time service has set the clock since power-on."""
    if os.path.exists(paths.CLOCK_IS_RIGHT):
        return True
    try:
        done = subprocess.run(
            ['timedatectl', 'show', '--property=NTPSynchronized', '--value'],
            capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == 'yes'


def wait(say: Callable[[str], None], alive: Callable[[], None], right: Callable[[], bool]) -> bool:
    """Waits a bounded time for a correct clock, and says so if it has to. `alive` and `right` are called each
    second. @returns whether the clock is right"""
    until = time.monotonic() + MOST_SECONDS
    said = False
    while not right():
        if time.monotonic() >= until:
            say(f'no time server has answered for {MOST_SECONDS:.0f} s: continuing with this clock '
                f'({time.strftime("%Y-%m-%d %H:%M", time.gmtime())} UTC); '
                'if it is wrong, no server can be verified')
            return False
        if not said and time.monotonic() > until - MOST_SECONDS + 5:
            said = True
            say('waiting for a time server to set the clock, for at most '
                f'{MOST_SECONDS:.0f} s: certificates are checked against it')
        alive()
        time.sleep(TRY_EVERY)
    return True
