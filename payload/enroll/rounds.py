"""One round of enrolment: what this node has, what Genesis says to that, and what is done about it."""
import secrets
from typing import Callable, Dict, NamedTuple, Optional, Tuple

from checkin.client import read_boot_env
from enroll import genesis, held, older, places, store
from enroll.decide import Kept, Node, Verdict, decide, forgets_previous, is_genuine
from checkin.exchange import NoAnswer
from join.shell import durable
from trust import seal

OTHER_KEY = 409


class Outcome(NamedTuple):
    """How a round ended."""

    kept: Kept
    is_heard: bool
    """Whether Genesis answered at all."""
    trouble: Optional[str]
    """Why the node has not got what Genesis has for it; None if it has."""


class Trouble(Exception):
    """What must be put right on this node before it can enrol."""


class Rounds:
    """One boot's. Keeps the public key, which takes a program to read."""

    def __init__(self) -> None:
        self._key: Optional[str] = None

    def once(self) -> Outcome:
        """Never raises for what disk, network or Genesis do."""
        boot, kept = read_boot_env(places.BOOT_ENV), Kept(None, None)
        try:
            state = state_of_disk()
            kept = store.read_kept()
            kept = kept if kept.used is not None else take_older(kept, boot.get('HOMEPBP_SLOT', ''))
            asking = self._asking(boot, state)._replace(uses=kept.used)
            return ask(own_node(), asking, kept)
        except (Trouble, store.Damaged, durable.Unreadable) as why:
            return Outcome(kept, False, str(why))
        except OSError as why:
            return Outcome(kept, False, f'this node cannot keep its secrets: {why}')

    def _asking(self, boot: Dict[str, str], state: Optional[str]) -> genesis.Asking:
        self._key = self._key or store.public_key()
        base, mac = boot.get('HOMEPBP_BASE', ''), boot.get('HOMEPBP_NODE', '')
        return genesis.Asking(base, mac, state, self._key)


def state_of_disk() -> Optional[str]:
    """The UUID of STATE; None where nodes.yaml says that the node has no disk. Raises Trouble or Unreadable."""
    disk = durable.read_json(places.DISK) or {}
    if disk.get('state') == 'mounted' and isinstance(disk.get('uuid'), str):
        return str(disk['uuid'])
    if disk.get('state') == 'none':
        return None
    # With a key in RAM it would be another machine at each boot.
    raise Trouble(f'the disk for this node\'s secrets is missing: {disk.get("reason") or "see /run/homepbp/boot.log"}')


def own_node() -> Node:
    """Raises Trouble or Unreadable."""
    found = durable.read_json(places.NODE) or {}
    if not isinstance(found.get('name'), str) or found.get('role') not in held.ROLES:
        raise Trouble(f'{places.NODE} does not say which node this is: cloud-init has not written it')
    return Node(found['name'], found['role'])


def take_older(kept: Kept, slot: str) -> Kept:
    """The secrets of an older seed become the node's, before anybody is asked. Raises OSError."""
    found = older.find(slot)
    if found is None:
        return kept
    store.use(found)
    return kept._replace(used=found)


def ask(node: Node, asking: genesis.Asking, kept: Kept) -> Outcome:
    """Raises OSError."""
    try:
        offered, is_fresh, sets = offer(node, asking, kept)
    except NoAnswer as why:
        return Outcome(kept, False, f'Genesis ({asking.base}) does not answer: {why}')
    except genesis.Refused as why:
        words = "GENESIS REFUSES THIS NODE'S KEY" if why.status == OTHER_KEY else 'Genesis says'
        return Outcome(kept, True, f'{words}: {why}')
    except (genesis.Unusable, seal.Unopened, held.Unfit) as why:
        return Outcome(kept, True, f'the answer of {asking.base} is not used: {why}')
    verdict = decide(node, kept, offered, is_fresh)
    fault = None if verdict.fault is None else f'the answer of {asking.base} is not used: {verdict.fault}'
    kept = carry_out(verdict, kept)
    if fault is None and forgets_previous(kept, sets, is_fresh):
        store.forget_previous()
        kept = kept._replace(previous=None)
    return Outcome(kept, True, fault)


class Offer(NamedTuple):
    """What Genesis has for this node."""

    secrets: held.Held
    is_fresh: bool
    """It says so now."""
    sets: Optional[Tuple[str, ...]] = None
    """See held.kept_sets."""


def offer(node: Node, asking: genesis.Asking, kept: Kept) -> Offer:
    """Raises NoAnswer, Refused, Unusable, Unopened or Unfit."""
    nonce = secrets.token_hex(16)
    try:
        text = opened(node, kept, genesis.ask(asking, nonce))
        return Offer(held.parse(text), True, held.kept_sets(text))
    except genesis.Page as page:
        return Offer(exported(node, asking, kept, page), False)
    except genesis.Refused as refused:
        if refused.status not in genesis.PLAIN_SERVER:
            raise
        return Offer(exported(node, asking, kept, refused), False)


def exported(node: Node, asking: genesis.Asking, kept: Kept, answered: Exception) -> held.Held:
    """From the files of an export; where there are none, what was said counts. Raises as `offer`."""
    failed = answered
    sources: Tuple[Callable[[], Optional[held.Held]], ...] = (
        lambda: _opened_file(node, asking, kept), lambda: _clear(asking, kept))
    for read in sources:
        try:
            found = read()
        except genesis.Page as page:
            # The file is not there; what is wrong with one that is says more.
            failed = page if failed is answered else failed
            continue
        except (genesis.Unusable, seal.Unopened, held.Unfit) as fault:
            failed = fault
            continue
        if found is not None:
            return found
    raise failed


def _opened_file(node: Node, asking: genesis.Asking, kept: Kept) -> Optional[held.Held]:
    sealed = genesis.sealed_file(asking)
    return None if sealed is None else held.parse(opened(node, kept, sealed))


def _clear(asking: genesis.Asking, kept: Kept) -> Optional[held.Held]:
    """Only for a node that has nothing yet: whoever answers there may have written it."""
    text = None if kept.used is not None else genesis.clear_file(asking)
    return None if text is None else held.parse(text)


def opened(node: Node, kept: Kept, sealed: genesis.Sealed) -> str:
    """Secrets in JSON. Raises Unusable or Unopened."""
    if kept.used is not None and not is_genuine(kept.used, node.name, sealed.proofs, sealed.nonce, sealed.tag):
        raise genesis.Unusable('it does not know the secrets that this node has; it is not Genesis, or has lost them')
    return seal.open_sealed(sealed.sealed, places.KEY)


def carry_out(verdict: Verdict, kept: Kept) -> Kept:
    """What STATE has then. Raises OSError."""
    if verdict.use is not None:
        store.use(verdict.use)
        kept = kept._replace(used=verdict.use)
    if verdict.stage is not None:
        store.stage(verdict.stage)
        kept = kept._replace(staged=verdict.stage)
    if verdict.unstage:
        store.unstage()
        kept = kept._replace(staged=None)
    return kept
