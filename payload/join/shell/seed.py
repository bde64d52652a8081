"""What the node's seed says: node.json (contract/node-config.ts); and its secrets, which are on STATE."""
from typing import Any, Dict, NamedTuple, Optional, Tuple

from checkin import client
from join.keyring import Keyring
from join.model import Config, Sets
from join.shell import durable, enrolment, k3s, paths, rings


class Seed(NamedTuple):
    """A node's configuration and its secrets."""

    config: Config
    password: str
    """The k3s token in its short form; an agent's is the agents' token, if it has that."""
    keys: Keyring
    ignore: Tuple[str, ...]
    """Other people's servers, not to be reported."""
    static_ip: Optional[str]
    """Without prefix length; None: DHCP."""
    shared: Dict[str, Any]
    """k3s settings that all servers must have alike."""
    agent_token: Optional[str] = None
    """Of a server: what it admits agents by; None: by its own token."""
    sets: Optional[Sets] = None
    is_old: bool = False
    """Its secrets are from before agents had a token of their own."""

    @property
    def tokens(self) -> Tuple[str, ...]:
        """All that k3s is given, and nobody else is to see."""
        return (self.password,) if self.agent_token is None else (self.password, self.agent_token)

    @property
    def credentials(self) -> k3s.Credentials:
        """What this node shows to servers that it has verified."""
        return k3s.Credentials(self.config.role, self.password, self.agent_token)


def read_seed(read: durable.Read = durable.read_text) -> Seed:
    """Raises durable.Unreadable, also where a file is missing; NotEnrolled where only the secrets are."""
    node = _there(paths.NODE, read)
    secrets = enrolment.secrets(read)
    # A damaged one is done without: Genesis gives the staged set again, and the previous one is only for hearing.
    staged, previous = (durable.read_json_if_whole(path, read) for path in (paths.STAGED, paths.PREVIOUS))
    try:
        seed = _seed(node, secrets)
        keys, sets = rings.gather(seed.config, seed.keys, secrets, staged, previous)
        return seed._replace(keys=keys, sets=sets)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise durable.Unreadable(f'{paths.NODE}: {type(fault).__name__} {fault}') from fault


def _there(path: str, read: durable.Read) -> Dict[str, Any]:
    found = durable.read_json(path, read)
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
    has_own = secrets['version'] == 2 and config.role == 'agent'
    keys = Keyring(_token(secrets, 'peer_key').encode(), config.name if has_own else '')
    server, agent = _tokens(config, secrets)
    return Seed(
        config, server, keys, tuple(cluster['ignore']), _address(node['ip']), dict(cluster.get('k3s_config', {})),
        agent, is_old=secrets['version'] == 1)


def _tokens(config: Config, secrets: Dict[str, Any]) -> Tuple[str, Optional[str]]:
    """This node's token, and the one that it admits agents by. Nodes booted before agents had their own have
    secrets of version 1, with the servers' token on all of them."""
    if secrets['version'] == 1:
        return _token(secrets, 'token'), None
    if secrets['version'] != 2:
        raise durable.Unreadable(f'{paths.SECRETS}: version {secrets["version"]!r} is not supported')
    if (secrets['name'], secrets['role']) != (config.name, config.role):
        raise durable.Unreadable(f'{paths.SECRETS}: made for {secrets["name"]}, {secrets["role"]}; '
                                 f'this is {config.name}, {config.role}')
    if config.role == 'agent':
        return _token(secrets, 'agent_token'), None
    return _token(secrets, 'token'), _token(secrets, 'agent_token')


def _token(secrets: Dict[str, Any], key: str) -> str:
    found = secrets[key]
    if not isinstance(found, str) or not found:
        raise durable.Unreadable(f'{paths.SECRETS}: no {key}')
    return found


def _address(cidr: Optional[str]) -> Optional[str]:
    return None if cidr is None else cidr.partition('/')[0]


def boot_environment() -> Dict[str, str]:
    """boot.env: what the initramfs knew. Empty where there is none."""
    return client.read_boot_env(paths.BOOT)
