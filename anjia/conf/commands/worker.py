"""Do what follows from acts: documents, notices, sealing of the log, missed terms."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal

from anjia.conf import installation

EXAMPLES = "example:\n  anjia worker --concurrency 2"
FOLLOWING_SECONDS = 2
logger = logging.getLogger("anjia.worker")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--concurrency", type=int, default=2, help="jobs at a time (default %(default)s)")
    parser.add_argument(
        "--alone", action="store_true", help="no other worker runs: take up all unfinished jobs at once"
    )


def run(options: argparse.Namespace) -> int:
    """Works until SIGTERM or Ctrl-C; a job under way is finished first."""
    with installation.connected():
        from procrastinate.contrib.django import app

        with app.replace_connector(app.connector.get_worker_connector()):
            asyncio.run(_work(options))
    return 0


async def _work(options: argparse.Namespace) -> None:
    from procrastinate.contrib.django import app

    from anjia.conf import tasks

    async with app.open_async():
        if options.alone:
            await tasks.take_up(0)
        loop = asyncio.get_running_loop()
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=options.concurrency, install_signal_handlers=False, listen_notify=True,
                fetch_job_polling_interval=2, update_heartbeat_interval=10, stalled_worker_timeout=40,
                delete_jobs="never", shutdown_graceful_timeout=20,
            )
        )  # fmt: skip
        follower = asyncio.create_task(_follow())
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, worker.cancel)
        try:
            await worker
        except asyncio.CancelledError:
            return
        finally:
            follower.cancel()


async def _follow() -> None:
    """Brings the tables of search up to date every few seconds; a job each time would fill the queue."""
    from asgiref.sync import sync_to_async

    while True:
        await sync_to_async(_catch_up)()
        await asyncio.sleep(FOLLOWING_SECONDS)


def _catch_up() -> None:
    from django.db import Error, close_old_connections

    from anjia.registers import indexing

    close_old_connections()
    try:
        indexing.catch_up()
    except Error:
        # The queue keeps what was not done; search reads it until then.
        logger.exception("search is not brought up to date")
