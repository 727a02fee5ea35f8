"""What the worker does: effects of acts, and the regular rounds of the house."""

from __future__ import annotations

import logging
from typing import Any

from django.db import close_old_connections
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from anjia.casework import deadlines, waiting
from anjia.conf import telling
from anjia.exchange import cardmaking, coming, tending
from anjia.kernel import accesslog, effects, log
from anjia.kernel.errors import AnjiaError
from anjia.registers import endorsing

STALLED_SECONDS = 45
"""A worker that has not shown itself for so long is dead; its jobs are taken up by another."""

again = RetryStrategy(max_attempts=60, wait=2, linear_wait=5)
logger = logging.getLogger("anjia.worker")


@app.task(name=effects.TASK, retry=again)
def effect(effect: str, **args: Any) -> None:
    """Does one effect of an act; at least once, so handlers look at what is done already."""
    close_old_connections()
    effects.run(effect, **args)


@app.periodic(cron="* * * * *")
@app.task(name="anjia.seal", queueing_lock="anjia.seal")
def seal(timestamp: int) -> None:
    """Seals the acts and the access records of the last minute into batches of the log."""
    close_old_connections()
    log.seal()
    accesslog.seal()


@app.periodic(cron="*/5 * * * *")
@app.task(name="anjia.lapse", queueing_lock="anjia.lapse")
def lapse(timestamp: int) -> None:
    """Does what missed terms mean."""
    close_old_connections()
    deadlines.lapse()


@app.periodic(cron="7 * * * *")
@app.task(name="anjia.endorsements", queueing_lock="anjia.endorsements")
def endorsements(timestamp: int) -> None:
    """Suspends permits whose endorsement was missed; every hour, so a night without a worker costs nothing."""
    close_old_connections()
    endorsing.suspend_missed()


@app.periodic(cron="*/10 * * * *")
@app.task(name="anjia.cards", queueing_lock="anjia.cards")
def cards(timestamp: int) -> None:
    """Hands reviewed ID cards over to their maker and takes in what was made."""
    close_old_connections()
    cardmaking.hand_over()


@app.periodic(cron="* * * * *")
@app.task(name="anjia.moves", queueing_lock="anjia.moves")
def moves(timestamp: int) -> None:
    """Takes the moves between cities along, and ends those whose case was closed without a registration."""
    close_old_connections()
    for number in tending.open_cases():
        if waiting.is_over(number):
            coming.withdraw(number)
    tending.tend()


@app.periodic(cron="30 6 * * *")
@app.task(name="anjia.eligibility", queueing_lock="anjia.eligibility")
def eligibility(timestamp: int) -> None:
    """Tells those whom time alone will bring into a rule's reach, or out of it; each once."""
    close_old_connections()
    try:
        told = telling.tell_turns()
    except AnjiaError as error:
        if error.code != "snapshot-missing":
            raise
        logger.warning("no fact snapshot, so nobody is told of eligibility")
    else:
        logger.info("eligibility: %s told", told)


@app.periodic(cron="* * * * *")
@app.task(name="anjia.stalled", queueing_lock="anjia.stalled", pass_context=True)
async def stalled(context: JobContext, timestamp: int) -> None:
    """Takes up the jobs of workers that died."""
    await take_up(STALLED_SECONDS)


async def take_up(seconds: float) -> int:
    """Puts the jobs of workers that were not seen for so long back into the queue; gives how many."""
    jobs = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds)
    count = 0
    for job in jobs:
        await app.job_manager.retry_job(job)
        logger.warning("taken up again: job %s %s", job.id, job.task_name)
        count += 1
    return count
