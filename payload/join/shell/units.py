"""k3s as a systemd unit: started, stopped, watched."""
import os
import subprocess
from typing import List

from join.shell import durable, k3s

SECONDS = 20.0
STOP_SECONDS = 120.0
"""systemd itself kills a unit after 90."""


def start(unit: str, has_data: bool, until: float) -> None:
    """Starts the unit without waiting for it (it is ready only when etcd is, which may take peers).

    A k3s without data may start once per call, and only `until` so many seconds since power-on: systemd's
    own restarts are for members, and what was verified before is soon outdated.
    """
    if not has_data:
        durable.write(k3s.PERMIT, f'{int(until)}\n', 0o600)
    _systemctl('reset-failed', unit)
    _systemctl('start', '--no-block', unit)


def start_plain(unit: str) -> None:
    """Starts a unit that needs no permit, without waiting for it."""
    _systemctl('start', '--no-block', unit)


def stop(unit: str) -> None:
    """Stops the unit, and with it everything that k3s had started. Waits until it is gone."""
    withdraw_permit()
    _systemctl('stop', unit, seconds=STOP_SECONDS)


def withdraw_permit() -> None:
    """Takes back a start that has not happened yet."""
    try:
        os.remove(k3s.PERMIT)
    except FileNotFoundError:
        pass


def state(unit: str) -> str:
    """active | activating | deactivating | reloading | inactive | failed | unknown."""
    words = ['show', unit, '--property=ActiveState', '--value']
    return _systemctl(*words).strip() or 'unknown'


def runs(unit: str) -> bool:
    """Whether the unit is up or on its way."""
    return state(unit) in ('active', 'activating', 'reloading')


def _systemctl(*words: str, seconds: float = SECONDS) -> str:
    """What systemctl prints; a failure shows in the unit's state."""
    command: List[str] = ['systemctl', *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return ''
    return done.stdout
