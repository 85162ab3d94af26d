"""A network of your own, trained by a function of your own: once, then found again."""

from __future__ import annotations

import ast
import inspect
import symtable
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

from ..core.files import DamagedFileError, digest_arrays
from ..core.fingerprint import fingerprint
from ..core.store import ArtifactStore

_PACKAGE = __name__.partition(".")[0]


def train_once(
    train: Callable, network: torch.nn.Module, *, store: ArtifactStore | None = None, **inputs: Any
) -> None:
    """Train a network of torch's, or give it the weights that the same training gave it before.

    Parameters
    ----------
    train : callable
        ``train(network, **inputs)`` changes the weights, the same way whenever it is called.
    network : torch.nn.Module
        Changed in place.
    store : ArtifactStore, optional
        The default store where omitted.
    **inputs
        Numbers, text and the like, which decide the training together with the weights before it,
        the text of `train`, and the code of this package that it names.

    Raises
    ------
    ValueError
        If `train` uses a name of your own that is no argument, whose changes would not be seen, or
        an input is of another kind.

    Examples
    --------
    >>> import torch
    >>> import iblrnn_helpers as ibl
    >>> def train(network, n_updates):
    ...     optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    ...     for _ in range(n_updates):
    ...         optimizer.zero_grad()
    ...         network(torch.ones(1, 2)).square().mean().backward()
    ...         optimizer.step()
    >>> ibl.agents.train_once(train, torch.nn.Linear(2, 1), n_updates=5)
    """

    def weights():
        return {name: one.detach().cpu().numpy() for name, one in network.state_dict().items()}

    def make(_):
        train(network, **inputs)
        return weights(), {}

    named = {
        **{"inputs": inputs, "network": str(network), "weights": digest_arrays(weights())},
        **_what_it_does(train),
    }
    found, _ = (store or ArtifactStore()).get_or_make("own-network", named, make)
    try:
        network.load_state_dict({name: torch.from_numpy(one) for name, one in found.items()})
    except RuntimeError as error:  # a hand-made file of that name
        raise DamagedFileError(f"not the weights of {network}: {error}") from error


def _what_it_does(train: Callable) -> dict[str, str]:
    """The text of a function, without comments and layout, and what it uses of the package."""
    source = textwrap.dedent(inspect.getsource(train))
    imports, own = [], set(train.__code__.co_freevars)
    (table,) = symtable.symtable(source, "train", "exec").get_children()
    for name in sorted(_outside(table) & set(train.__globals__)):  # others are Python's own
        value = train.__globals__[name]
        is_module = isinstance(value, ModuleType)
        home = value.__name__ if is_module else getattr(value, "__module__", None)
        if not home or home == train.__module__:
            own.add(name)
        elif home.partition(".")[0] == _PACKAGE:
            as_it_is = f"import {home}" if is_module else f"from {home} import {value.__name__}"
            imports.append(f"{as_it_is} as {name}\n")
    if own:
        raise ValueError(
            f"train must be given {', '.join(sorted(own))} as arguments: of what else it uses, "
            "changes would not be seen"
        )
    code = fingerprint(text="".join(imports) + source, data=False) if imports else ""
    return {"train": ast.dump(ast.parse(source)), "code": code}


def _outside(table: symtable.SymbolTable) -> set[str]:
    """Names that a function and those in it take from outside."""
    names = {one.get_name() for one in table.get_symbols() if one.is_global()}
    return names.union(*map(_outside, table.get_children()))
