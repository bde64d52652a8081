"""What the node's seed says: node.json (contract/node-config.ts); and its secrets, which are on STATE."""
from typing import Any, Dict, NamedTuple, Optional, Tuple

from checkin import client
from join.model import Config
from join.shell import durable, enrolment, paths


class Seed(NamedTuple):
    """A node's configuration and its secrets."""

    config: Config
    password: str
    """The k3s token in its short form."""
    peer_key: bytes
    ignore: Tuple[str, ...]
    """Other people's servers, not to be reported."""
    static_ip: Optional[str]
    """Without prefix length; None: DHCP."""
    shared: Dict[str, Any]
    """k3s settings that all servers must have alike."""


def read_seed() -> Seed:
    """Raises durable.Unreadable, also where a file is missing; NotEnrolled where only the secrets are."""
    node = _there(paths.NODE)
    secrets = enrolment.secrets()
    try:
        return _seed(node, secrets)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise durable.Unreadable(f'{paths.NODE}: {type(fault).__name__} {fault}') from fault


def _there(path: str) -> Dict[str, Any]:
    found = durable.read_json(path)
    if found is None:
        raise durable.Unreadable(f'{path}: cloud-init has not written it')
    return found


def _seed(node: Dict[str, Any], secrets: Dict[str, Any]) -> Seed:
    cluster = node['cluster']
    servers = tuple((str(one['name']), _address(one['ip'])) for one in cluster['servers'])
    hints = tuple(dict.fromkeys([*node['known_servers'], *cluster['known_servers']]))
    own = {name for name, _ in servers} | {ip for _, ip in servers if ip is not None}
    config = Config(
        name=str(node['name']),
        role=str(node['role']),
        epoch=int(cluster['epoch']),
        quorum=cluster['quorum'],
        sets=tuple(tuple(one) for one in cluster['founding_sets']),
        servers=servers,
        hints=hints,
        join_only=any(hint not in own for hint in hints),
        founded=bool(cluster['founded']),
        ca_hash=cluster['ca_hash'],
    )
    return Seed(
        config, str(secrets['token'] or secrets['agent_token']), str(secrets['peer_key']).encode(), tuple(cluster['ignore']),
        _address(node['ip']), dict(cluster.get('k3s_config', {})),
    )


def _address(cidr: Optional[str]) -> Optional[str]:
    return None if cidr is None else cidr.partition('/')[0]


def boot_environment() -> Dict[str, str]:
    """boot.env: what the initramfs knew. Empty where there is none."""
    return client.read_boot_env(paths.BOOT)
