"""kill -9 at random moments while every service is at work, each from a client of its own (actors.py, actors_beside.py)."""

import os
import random
import time

import pytest

from crash import actors_beside as actors
from harness import waiting

ROUNDS = int(os.environ.get("MILLRACE_CRASH_KILLS", "4"))  # ./tests/run --kills 300
pytestmark = pytest.mark.timeout(600 + 60 * ROUNDS)


def storm(durable, connect, kinds, rounds):
    cast = [kind(durable, connect) for kind in kinds]
    for actor in cast:
        actor.prepare()
    for _ in range(rounds):
        for actor in cast:
            actor.begin_round()
        waiting.until(lambda: all(a.steps or a.unexpected for a in cast), "everybody has done something", timeout_s=300)
        time.sleep(random.uniform(0, 1.5))  # the moment of the kill is the test's input, not a wait
        durable.kill()
        for actor in cast:
            actor.end_round()
        durable.start()
        for actor in cast:
            actor.after_restart()
    for actor in cast:
        actor.judge()
    assert durable.alive()
    assert durable.stop() == 0, durable.log()


@pytest.mark.slow
def test_everything_at_once(durable, connect):
    storm(durable, connect, actors.ALL, ROUNDS)


@pytest.mark.parametrize("kind", actors.ALL, ids=lambda kind: kind.__name__)
def test_one_service(durable, connect, kind):
    """The same alone, so that a failure says whose it is."""
    storm(durable, connect, [kind], 1)
