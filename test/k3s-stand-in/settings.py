"""k3s' configuration: flags over config.yaml.d over config.yaml."""
import json
import os
from dataclasses import dataclass, field
from typing import Any, Dict, List

CONFIG = '/etc/rancher/k3s/config.yaml'
# Servers whose values differ here refuse each other.
CRITICAL = (
    'cluster-cidr', 'service-cidr', 'cluster-dns', 'cluster-domain', 'disable', 'disable-cloud-controller',
    'disable-helm-controller', 'disable-network-policy', 'egress-selector-mode', 'embedded-registry',
    'flannel-backend', 'flannel-external-ip', 'flannel-ipv6-masq', 'secrets-encryption',
)


class Fatal(Exception):
    """k3s would log this at level=fatal and exit."""


@dataclass
class Settings:
    """What one start of k3s acts on."""

    values: Dict[str, Any] = field(default_factory=dict)

    def text(self, key: str, default: str = '') -> str:
        """A value that is one word."""
        return str(self.values.get(key, default))

    def flag(self, key: str) -> bool:
        """A value that is true or false."""
        return self.values.get(key, False) in (True, 'true')

    @property
    def data_dir(self) -> str:
        return self.text('data-dir', '/var/lib/rancher/k3s')

    @property
    def kubeconfig(self) -> str:
        """Where the administrator's key goes."""
        return self.text('write-kubeconfig', '/etc/rancher/k3s/k3s.yaml')

    @property
    def node_name(self) -> str:
        return self.text('node-name') or os.uname().nodename

    @property
    def critical(self) -> Dict[str, Any]:
        return {key: self.values.get(key) for key in CRITICAL}

    @property
    def password(self) -> str:
        """What follows `K10<hash>::server:`, or the whole of a short token."""
        return self.text('token').rpartition(':')[2]

    @property
    def node_password(self) -> str:
        """What this server admits agents by."""
        return self.text('agent-token').rpartition(':')[2] or self.password

    @property
    def ca_hash(self) -> str:
        """The hash in a K10 token; empty in a short one."""
        token = self.text('token')
        return token[3:67] if token.startswith('K10') and '::' in token else ''


def read_settings(words: List[str]) -> Settings:
    """Settings from the command line and the files that it names."""
    flags: Dict[str, Any] = {}
    rest = list(words)
    while rest:
        key, equals, value = rest.pop(0).lstrip('-').partition('=')
        takes_next = not equals and rest and not rest[0].startswith('-')
        flags[key] = value if equals else rest.pop(0) if takes_next else True
    path = str(flags.pop('config', CONFIG))
    settings = Settings()
    for file in [path, *drop_ins(path + '.d')]:
        if os.path.exists(file):
            with open(file, encoding='utf8') as text:
                settings.values.update(parse(text.read(), file))
    settings.values.update(flags)
    return settings


def drop_ins(folder: str) -> List[str]:
    """The files of config.yaml.d, in the order in which they count."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if name.endswith('.yaml')]


def parse(text: str, where: str) -> Dict[str, Any]:
    """The YAML that such files use: `key: value`, and lists of one word a line."""
    values: Dict[str, Any] = {}
    key = ''
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith('#'):
            continue
        if stripped.startswith('- ') and key:
            values[key] = [*(values[key] or []), scalar(stripped[2:])]
            continue
        key, colon, value = stripped.partition(':')
        if not colon:
            raise Fatal(f'{where}:{number}: YAML that the stand-in cannot read')
        values[key] = scalar(value.strip()) if value.strip() else None
    return values


def scalar(word: str) -> Any:
    """JSON where it is JSON, else the word itself."""
    try:
        return json.loads(word)
    except ValueError:
        return word.strip("'")
