"""What node.json says about k3s' files. Nothing here reads or writes."""
import re
from typing import Any, List, NamedTuple, Optional, Tuple

VERSION = re.compile(r'v[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.+-]*')
NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9._+-]*')


class Unusable(Exception):
    """node.json does not say what it should."""


class Wanted(NamedTuple):
    """One file: where it is kept below /var/lib/homepbp/k3s/, and where to download it."""
    path: str
    url_path: str
    """Below the base URL, percent-encoded."""
    url: Optional[str]
    """The publisher's, in case Genesis does not have it."""
    sha256: str
    size: int


def read_wanted(node: Any) -> Tuple[Optional[str], List[Wanted]]:
    """The version of k3s that the inventory names and its files; no version where none is locked."""
    try:
        version = node['cluster']['k3s_version']
        files = [Wanted(**{key: one.get(key) for key in Wanted._fields}) for one in node['k3s_files']]
    except (KeyError, TypeError, AttributeError) as fault:
        raise Unusable(f'node.json has no usable k3s_files: {fault!r}') from fault
    if version is None:
        return None, []
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        raise Unusable(f'node.json: {version!r} is not a valid k3s version')
    for one in files:
        check(one, version)
    return version, files


def check(one: Wanted, version: str) -> None:
    """Raises Unusable for what could leave the version's folder or cannot be verified."""
    folder, _, name = str(one.path).partition('/')
    if folder != version or not NAME.fullmatch(name):
        raise Unusable(f'node.json: {one.path!r} is not a file of {version}')
    if not isinstance(one.sha256, str) or not re.fullmatch('[0-9a-f]{64}', one.sha256):
        raise Unusable(f'node.json: {one.path}: not a valid SHA-256')
    if type(one.size) is not int or not 0 < one.size < 1 << 40:
        raise Unusable(f'node.json: {one.path}: not a valid size')
    if not isinstance(one.url_path, str) or not isinstance(one.url, (str, type(None))):
        raise Unusable(f'node.json: {one.path}: not a valid URL')


def urls_of(one: Wanted, base: str) -> List[str]:
    """Where to ask, in this order."""
    here = [f'{base}/{one.url_path}'] if base else []
    return here + ([one.url] if one.url else [])
