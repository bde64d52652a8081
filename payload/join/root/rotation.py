"""Puts the staged secrets in the place of those in use. Which ones they are, Genesis has said to enroll/: whoever asks
here can only have it done early."""
import os
from typing import Any, Dict

from join.root import deeds
from join.shell import durable, paths


def keep_previous(staged: str) -> None:
    """A copy of those in use, for when they no longer are. Before k3s is stopped: where this fails (OSError), nothing
    needs to be."""
    _require_staged(staged)
    durable.write_json(paths.PREVIOUS, _read(paths.SECRETS), 0o600)


def take_staged(staged: str) -> None:
    """By one rename: a power cut leaves the old ones or the new ones."""
    deeds.require_stopped()
    _require_staged(staged)
    os.rename(paths.STAGED, paths.SECRETS)
    durable.sync_folder(os.path.dirname(paths.SECRETS))


def _require_staged(staged: str) -> None:
    if _read(paths.STAGED).get('set') != staged:
        raise OSError('another set of secrets is staged')


def _read(path: str) -> Dict[str, Any]:
    found = durable.read_json(path)
    if found is None:
        raise OSError(f'{path} is missing')
    return found
