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
