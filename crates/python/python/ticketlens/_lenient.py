"""Calls with too many arguments, too few, or unknown ones: what can be taken is taken, and it is said once.

For what a running workflow calls. Where a program is configured, Python's own `TypeError` tells it best.
"""

import functools
import inspect
from typing import Any, Callable, TypeVar

from . import _say

_Function = TypeVar("_Function", bound=Callable[..., Any])


def lenient(function: _Function) -> _Function:
    """The same for whoever calls it right. What it is not given is `None`."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError:
            signature = inspect.signature(function)
            if _fits(signature, args, kwargs):
                raise
        name = function.__qualname__
        _say.once(f"{name[0].lower()}{name[1:]} takes {_shown(signature)}: it was called with more, or with less")
        taken, named = _fitting(signature, args, kwargs)
        return function(*taken, **named)

    return call  # type: ignore[return-value]


def number_to(most: float, given: Any) -> "float | None":
    """A number from 0 to that, by its own class, whatever it says that it is; `None` if it is none."""
    cls = type(given)
    try:
        number = float(given) if issubclass(cls, (int, float)) and cls is not bool else -1.0
    except Exception:
        return None
    return number if 0 <= number <= most else None


def _fits(signature: inspect.Signature, args: Any, kwargs: Any) -> bool:
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _fitting(signature: inspect.Signature, args: Any, kwargs: Any) -> "tuple[Any, dict[str, Any]]":
    """Those of the arguments that there is a place for."""
    parameters = signature.parameters.values()
    places = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    taken = args[: len(places)]
    by_place = {one.name for one in places[: len(taken)]}
    takes_others = any(one.kind is one.VAR_KEYWORD for one in parameters)
    named = {
        name: value
        for name, value in kwargs.items()
        if name not in by_place and (takes_others or name in signature.parameters)
    }
    for one in places[len(taken) :]:
        if one.default is one.empty:
            named.setdefault(one.name, None)
    return taken, named


def _shown(signature: inspect.Signature) -> str:
    names = [str(one.replace(annotation=one.empty)) for one in signature.parameters.values() if one.name != "self"]
    return f"({', '.join(names)})"
