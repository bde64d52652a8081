"""What people are told: sentences on the consoles and in the journal, and reports in /run/homepbp."""
import json
import math
import os
import socket
from typing import Any, Dict

from join.shell import paths


def say(text: str) -> None:
    """One sentence on every console, and in the journal."""
    print(f'homepbp: {text}', flush=True)
    to_consoles(text)


def to_consoles(text: str) -> None:
    """One sentence on every console. Needs root."""
    line = f'homepbp: {text}'
    try:
        with open(paths.CONSOLES, encoding='utf8') as consoles:
            names = [row.split()[0] for row in consoles if row.strip()]
    except OSError:
        return
    for name in names:
        try:
            # Never block on a console that nobody drains.
            handle = os.open(f'/dev/{name}', os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            continue
        try:
            os.write(handle, (line + '\r\n').encode())
        except OSError:
            pass
        finally:
            os.close(handle)


def write_status(status: Dict[str, Any]) -> None:
    """status.json."""
    write_report(paths.STATUS, status)


def write_report(path: str, report: Dict[str, Any]) -> None:
    """For `homepbp status` and monitoring: anybody may read it, so it holds no secret. In RAM, so by rename alone."""
    new = path + '.new'
    with open(new, 'w', encoding='utf8') as file:
        os.fchmod(file.fileno(), 0o644)
        json.dump(report, file, indent=2, sort_keys=True)
        file.write('\n')
    os.rename(new, path)


def notify(word: str) -> None:
    """Sends READY=1 or WATCHDOG=1 to systemd, if there is one."""
    path = os.environ.get('NOTIFY_SOCKET', '')
    if not path:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
            wire.sendto(word.encode(), '\0' + path[1:] if path.startswith('@') else path)
    except OSError:
        pass


def watchdog_seconds() -> float:
    """How long systemd lets the agent be silent: infinite if the unit has no watchdog."""
    try:
        return int(os.environ.get('WATCHDOG_USEC', '')) / 1e6
    except ValueError:
        return math.inf
