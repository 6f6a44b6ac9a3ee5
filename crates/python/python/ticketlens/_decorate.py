"""Functions of every kind, each call within a ticket of its own."""

import functools
import inspect
from typing import Any, Callable


def decorated(function: Callable[..., Any], ticket: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The function with a ticket around each call; `ticket` begins it from the call's arguments."""
    if _is(inspect.isasyncgenfunction, function):
        wrapper = _async_generator(function, ticket)
    elif _is(inspect.iscoroutinefunction, function):
        wrapper = _coroutine(function, ticket)
    elif _is(inspect.isgeneratorfunction, function):
        wrapper = _generator(function, ticket)
    else:
        wrapper = _plain(function, ticket)
    try:
        return functools.wraps(function)(wrapper)
    except Exception:
        # A callable of the workflow's that does not tell its name.
        return wrapper


def _is(question: Callable[[Any], bool], function: Callable[..., Any]) -> bool:
    try:
        return question(function)
    except Exception:
        return False


def chooser(id: Any, function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Calls `id` with those of a call's arguments that it takes: by its parameters' names where the
    function has them too, else by their places."""
    try:
        called = inspect.signature(function)
        parameters = inspect.signature(id).parameters.values()
    except Exception:
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
        work = ticket(args, kwargs)
        # Between two items it is the caller's code that runs, which may have another ticket.
        within = work._within()
        with _Ending(work):
            generator = function(*args, **kwargs)
            step, given = generator.send, None
            while True:
                try:
                    with within:
                        item = step(given)
                except StopIteration as end:
                    return end.value
                try:
                    step, given = generator.send, (yield item)
                except GeneratorExit:
                    with within:
                        generator.close()
                    raise
                except BaseException as error:
                    step, given = generator.throw, error

    return call


def _async_generator(function: Callable[..., Any], ticket: Any) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        work = ticket(args, kwargs)
        within = work._within()
        with _Ending(work):
            stream = function(*args, **kwargs)
            step, given = stream.asend, None
            try:
                while True:
                    try:
                        with within:
                            item = await step(given)
                    except StopAsyncIteration:
                        return
                    try:
                        step, given = stream.asend, (yield item)
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step, given = stream.athrow, error
            finally:
                with within:
                    await stream.aclose()

    return call


class _Ending:
    """Ends a ticket as its `with` does, without making it the current one."""

    __slots__ = ("_ticket",)

    def __init__(self, ticket: Any) -> None:
        self._ticket = ticket

    def __enter__(self) -> None:
        pass

    def __exit__(self, cls: Any, error: "BaseException | None", stack: Any) -> None:
        self._ticket._end(error)
