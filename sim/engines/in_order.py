"""Calls that run in threads and give their results in order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_order(
    calls: Iterable[Callable[[], T]], threads: int, ahead: int
) -> Generator[T, None, None]:
    """Yield what each call returns, in order, while later calls are running.

    At most `ahead` calls have begun whose results have not been asked for, which bounds memory. With 0 `threads`
    each call runs when its result is asked for. If the generator is closed, calls that have not begun are dropped.
    """
    if not threads:
        yield from (call() for call in calls)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[T]] = []
        try:
            for call in calls:
                if len(waiting) == ahead:
                    yield waiting.pop(0).result()
                waiting.append(pool.submit(call))
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()
