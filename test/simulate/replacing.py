"""How a mutation changes the core: it replaces one function, in this process, for good. Nothing of this can
be reached from a node."""
from typing import Callable


def nothing(*_: object) -> str:
    return ''


def replace(name: str, new: object, *modules: object) -> Callable[[], None]:
    """Replaces a function wherever it is known by that name."""
    def apply() -> None:
        for module in modules:
            assert hasattr(module, name), name
            setattr(module, name, new)
    return apply
