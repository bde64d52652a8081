"""What k3s itself said at its end: the newest line of its journal at level=fatal."""
import re
import subprocess

LINES = 100
"""Lines of the journal to search: k3s says why as the last thing it does."""
MOST_LETTERS = 200
SECONDS = 10.0

_FATAL = re.compile(r'level=fatal msg=(.*)')
_UNSHOWABLE = re.compile(r'[^ -~]')


def of(unit: str, *secrets: str) -> str:
    """The message of that line in this boot, fit for a terminal, without these secrets; empty if there is none."""
    command = [
        'journalctl', '--quiet', '--no-pager', '--boot', '--output=cat', f'--lines={LINES}', f'--unit={unit}']
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return in_lines(done.stdout.decode('utf8', 'replace'), *secrets)


def in_lines(text: str, *secrets: str) -> str:
    """As `of`, from the journal's text."""
    found = _FATAL.findall(text)
    if not found:
        return ''
    words: str = found[-1].strip().strip('"').replace('\\"', '"')
    for secret in secrets:
        words = words.replace(secret, '***')
    shown = _UNSHOWABLE.sub(lambda one: ascii(one[0])[1:-1], words)
    return shown if len(shown) <= MOST_LETTERS else shown[:MOST_LETTERS - 3] + '...'
