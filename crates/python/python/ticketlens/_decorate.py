"""Functions of every kind, each call within a ticket of its own."""

import functools
import inspect
from typing import Any, Callable


def decorated(function: Callable[..., Any], ticket: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The function with a ticket around each call; `ticket` begins it from the call's arguments."""
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, ticket)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, ticket)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, ticket)
    else:
        wrapper = _plain(function, ticket)
    return functools.wraps(function)(wrapper)


def chooser(id: Any, function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Calls `id` with those of a call's arguments that it takes: by its parameters' names where the
    function has them too, else by their places."""
    try:
        called = inspect.signature(function)
        parameters = inspect.signature(id).parameters.values()
    except (TypeError, ValueError):
        return lambda args, kwargs: id(*args, **kwargs)
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return lambda args, kwargs: id(*args, **kwargs)
    wanted = list(parameters)

    def choose(args: Any, kwargs: Any) -> Any:
        bound = called.bind(*args, **kwargs)
        bound.apply_defaults()
        given, in_order = bound.arguments, list(bound.arguments.values())
        chosen = {}
        for place, parameter in enumerate(wanted):
            if parameter.name in given:
                chosen[parameter.name] = given[parameter.name]
            elif parameter.default is parameter.empty:
                chosen[parameter.name] = in_order[place]
        by_place = [chosen[p.name] for p in wanted if p.name in chosen and p.kind is not p.KEYWORD_ONLY]
        by_name = {p.name: chosen[p.name] for p in wanted if p.name in chosen and p.kind is p.KEYWORD_ONLY}
        return id(*by_place, **by_name)

    return choose


def _plain(function: Callable[..., Any], ticket: Any) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with ticket(args, kwargs):
            return function(*args, **kwargs)

    return call


def _coroutine(function: Callable[..., Any], ticket: Any) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with ticket(args, kwargs):
            return await function(*args, **kwargs)

    return call


def _generator(function: Callable[..., Any], ticket: Any) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with ticket(args, kwargs):
            return (yield from function(*args, **kwargs))

    return call


def _async_generator(function: Callable[..., Any], ticket: Any) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with ticket(args, kwargs):
            stream = function(*args, **kwargs)
            try:
                async for item in stream:
                    yield item
            finally:
                await stream.aclose()

    return call
