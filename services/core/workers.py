"""CPU work in worker processes: a time limit per item that really kills, a memory limit, results in input order."""

import asyncio
import logging
import multiprocessing
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Generic, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from services.core.errors import WorkerStopped

T = TypeVar("T")
R = TypeVar("R")
_log = logging.getLogger(__name__)


class Workers(Generic[T, R]):
    """A pool of processes that apply one function.

    Only the item that is at fault fails: one that runs over the time limit, runs out of memory or kills its process
    gives an exception at its place, and its neighbours their results. (A dead worker of a concurrent.futures pool
    fails them all.) `preload` names modules that the fork server imports once, so that what they load is shared
    between workers. `function` and its items and results must pickle.
    """

    def __init__(
        self,
        function: Callable[[T], R],
        *,
        processes: int,
        timeout: float,
        preload: Sequence[str] = (),
        memory_limit: int | None = None,
    ) -> None:
        """`timeout` in seconds per item; `memory_limit` in bytes of address space per process."""
        context = multiprocessing.get_context("forkserver")
        if preload:
            context.set_forkserver_preload(list(preload))
        self._function = function
        self._timeout = timeout
        self._pool = ProcessPool(
            max_workers=processes, context=context, initializer=_limit_memory, initargs=(memory_limit,)
        )
        self._started: asyncio.Task[ProcessFuture[None]] | None = None

    async def map(self, items: Sequence[T]) -> list[R | Exception]:
        """The function's result for each item, or the exception that its item caused, in order."""
        await self._start()
        futures = [self._pool.schedule(self._function, args=[item], timeout=self._timeout) for item in items]
        try:
            return [await self._result(future) for future in futures]
        except asyncio.CancelledError:
            for future in futures:
                future.cancel()  # type: ignore[no-untyped-call]
            raise

    async def _start(self) -> None:
        # The first item starts the processes and waits for what the fork server imports: many seconds, in which the
        # event loop would send no heartbeat and the bus give our partitions to others.
        if self._started is None:
            self._started = asyncio.create_task(asyncio.to_thread(self._pool.schedule, _nothing))
        await asyncio.shield(self._started)

    async def _result(self, future: "ProcessFuture[R]") -> R | Exception:
        try:
            return await asyncio.wrap_future(future)
        except FutureTimeoutError:
            return WorkerStopped(f"took longer than {self._timeout:g} s and was stopped")
        except ProcessExpired as error:
            _log.warning("a worker process died", extra={"exit_code": error.exitcode})
            return WorkerStopped(f"killed its worker process (exit code {error.exitcode})")
        except MemoryError:
            return WorkerStopped("needed more memory than a worker may use")
        except Exception as error:
            return error

    async def close(self) -> None:
        """Stops all processes, at once."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self._pool.join)


def _nothing() -> None:
    """The item that starts the pool."""


def _limit_memory(limit: int | None) -> None:
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
