"""Continuous batching: who is served, how soon, and that nobody disturbs anybody."""

import asyncio
import ctypes
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import SimpleNamespace

import pytest
import torch
from torch.testing import assert_close

from models.diffusion import Diffusion, DiffusionConfig
from models.samplers import Evaluation, Noise, ancestral, denoiser, run, spacing
from playground.serving import sampling
from playground.serving.device import NotANumber, best_batch
from playground.serving.engine import NICE, Broken, Engine
from playground.serving.job import Cancelled
from playground.serving.validation import Refused
from tests.helpers import awaited, is_one_sentence

CONFIG = DiffusionConfig(image_size=16, width=16, multipliers=(1, 2), blocks=1, head=8, dropout=0.0, steps=50)


@pytest.fixture(scope="module")
def model() -> Diffusion:
    torch.manual_seed(0)
    model = Diffusion(CONFIG).eval()
    torch.nn.init.normal_(model.network.out.weight, std=0.05)
    return model


@pytest.fixture
def engine(model):
    engine = Engine({"tiny": lambda x, t, conditions: model(x, t)}, batch=16)
    yield engine
    engine.close()


def sampler(model, seed: int, steps: int = 10):
    noise, process = Noise([seed]), model.process.respaced(spacing(50, steps))
    return ancestral(denoiser(model), process, noise(3, 16, 16), noise)


def counting(steps: int, gate: threading.Event | None = None, value: float = 0.0):
    """A sampler that only asks; waits for the gate before its first question."""
    x = torch.full((1, 1, 2, 2), value)
    if gate:
        gate.wait()
    for t in range(steps):
        x = yield Evaluation(x, t)
    return x


def test_thirty_visitors_share_calls_and_each_gets_the_picture_of_his_seed(engine, model):
    jobs = [engine.submit("tiny", sampler(model, seed), f"visitor {seed}") for seed in range(30)]
    pictures = [job.result(60) for job in jobs]
    assert next(engine.calls) < 30 * 10 / 4
    with torch.inference_mode():
        for seed in (0, 13, 29):
            alone = run(sampler(model, seed), lambda x, t, condition: model(x, t))
            assert_close(pictures[seed], alone, atol=1e-4, rtol=1e-3)


def test_a_newcomer_joins_at_the_next_step(engine):
    engine.networks["tiny"] = lambda x, t, conditions: x + 1
    long = engine.submit("tiny", counting(10**6), "early")
    short = engine.submit("tiny", counting(5), "late")
    assert short.result(10).max() <= 6 and not long.done.is_set()
    long.cancel()


def test_a_visitor_with_many_runs_does_not_delay_one_with_a_single_run():
    gate = threading.Event()

    def network(x, t, conditions):
        gate.wait(10)
        return x + 1

    engine = Engine({"n": network}, batch=2)
    greedy = [engine.submit("n", counting(20), "greedy") for _ in range(12)]
    modest = engine.submit("n", counting(20), "modest")
    gate.set()
    modest.result(10)
    finished = [job.done.is_set() for job in greedy]
    engine.close()
    assert sum(finished) <= 3


def test_what_has_just_begun_is_answered_every_other_tick_and_the_others_go_on():
    gate, order = threading.Event(), []

    def network(name):
        return lambda x, t, conditions: (gate.wait(10), order.append(name), x)[2]

    engine = Engine({name: network(name) for name in "abcdefg"})
    old = [engine.submit(name, counting(30), name) for name in "abcdef"]
    while len(engine.jobs) + len(engine.flight) < 6:
        time.sleep(0.001)
    for job in old:
        job.answered = 10
    young = engine.submit("g", counting(10), "young")
    gate.set()
    young.result(20)
    until = order[: len(order) - order[::-1].index("g")]
    for job in old:
        job.result(20)
    engine.close()
    assert len(until) <= 2 * 10 + 2 and {until.count(name) for name in "abcdef"} <= {1, 2}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_the_thread_gives_way_to_those_who_wait_for_a_small_answer(engine):
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, engine.thread.native_id) == min(19, mine + NICE)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine


def test_cancelling_frees_the_slot_within_a_step():
    calls = []

    def network(x, t, conditions):
        calls.append(len(x))
        time.sleep(0.01)
        return x

    engine = Engine({"n": network})
    job = engine.submit("n", counting(10**6), "leaves")
    while len(calls) < 3:
        time.sleep(0.005)
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(60)
    seen = len(calls)
    time.sleep(0.1)  # ten steps' time
    assert len(calls) <= seen + 1
    assert not engine.jobs
    engine.close()


def test_a_newcomer_whose_question_has_another_size_is_asked_in_a_call_of_its_own():
    """As one who writes: the caption at first, then token by token."""
    seen = []

    def network(x, t, conditions):
        time.sleep(0.001)
        seen.append(x.shape)
        return x

    def growing():
        yield Evaluation(torch.zeros(1, 5), 0)
        for t in range(5, 20):
            yield Evaluation(torch.zeros(1, 1), t)

    engine = Engine({"n": network})
    jobs = []
    for k in range(10):
        jobs.append(engine.submit("n", growing(), str(k)))
        time.sleep(0.003)
    for job in jobs:
        job.result(20)
    engine.close()
    assert next(engine.calls) == len(seen) < 10 * 16 and {shape[1] for shape in seen} == {1, 5}


def test_captions_of_different_lengths_are_asked_in_calls_of_their_own():
    """Together, the shorter ones would be lengthened, and added up otherwise than alone."""
    seen = []

    def network(x, t, captions):
        time.sleep(0.001)
        seen.append({caption.length for caption in captions})
        return x

    def under(length):
        caption = SimpleNamespace(length=length)
        for t in range(10):
            yield Evaluation(torch.zeros(1, 5), t, caption)

    engine = Engine({"n": network})
    for job in [engine.submit("n", under(8 + 8 * (k % 2)), str(k)) for k in range(6)]:
        job.result(20)
    engine.close()
    assert len(seen) < 60 and {frozenset(each) for each in seen[1:]} == {frozenset([8]), frozenset([16])}


def test_a_sampler_that_fails_fails_alone(engine, model):
    def broken():
        yield Evaluation(torch.zeros(1, 3, 16, 16), 0)
        raise ZeroDivisionError("mine")

    others = [engine.submit("tiny", sampler(model, seed), str(seed)) for seed in range(3)]
    bad = engine.submit("tiny", broken(), "bad")
    with pytest.raises(ZeroDivisionError, match="mine"):
        bad.result(30)
    for job in others:
        assert torch.isfinite(job.result(30)).all()


def test_a_question_that_breaks_the_network_fails_alone():
    def network(x, t, conditions):
        if (x < 0).any():
            raise RuntimeError("negative")
        return x

    engine = Engine({"n": network})
    good = [engine.submit("n", counting(50), str(i)) for i in range(5)]
    bad = engine.submit("n", counting(50, value=-1.0), "bad")
    with pytest.raises(RuntimeError, match="negative"):
        bad.result(10)
    assert all(job.result(10) is not None for job in good)
    engine.close()


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
def test_whatever_ends_the_thread_its_runs_are_told_and_another_one_begins(end, caplog):
    def network(x, t, conditions):
        if (x < 0).any():
            raise end("mine")
        return x

    engine = Engine({"n": network, "other": lambda x, t, conditions: x})
    first = engine.thread
    jobs = [engine.submit(name, counting(10**6), name) for name in ("n", "other")]
    bad = engine.submit("n", counting(5, value=-1.0), "bad")
    with pytest.raises(MemoryError if end is MemoryError else Broken):
        bad.result(10)
    for later in range(20):
        assert engine.submit("n", counting(3), str(later)).result(10) is not None
    if end is MemoryError:  # an ordinary error is that run's own affair
        assert engine.thread is first and not any(job.done.is_set() for job in jobs)
    else:
        for job in jobs:
            with pytest.raises(Broken, match="ended in the middle"):
                job.result(10)
        assert engine.thread is not first and "lost 3 runs" in caplog.text and "mine" in caplog.text
    engine.close()


def test_a_thread_that_is_killed_from_outside_is_replaced(caplog):
    """By the interpreter's own means, wherever it is: in a call, or waiting for work."""
    engine = Engine({"n": lambda x, t, conditions: x})
    for busy in (True, False, True):
        job = engine.submit("n", counting(10**7 if busy else 1), "me")
        if not busy:
            job.result(10)
        killed = engine.thread
        assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(killed.ident), ctypes.py_object(SystemExit))
        with engine.changed:  # one that waits notices when it wakes
            engine.changed.notify()
        killed.join(10)
        assert not killed.is_alive()
        if busy:
            with pytest.raises(Broken):
                job.result(10)
    assert engine.submit("n", counting(3), "me").result(10) is not None and caplog.text.count("another one began") == 3
    engine.close()


def test_a_thread_that_dies_with_the_lock_leaves_it_to_the_next(caplog):
    """As one does that is killed between taking the lock and what the lock is for."""

    def ends(x, t, conditions):
        engine.changed.acquire()
        sys.exit()

    engine = Engine({"ends": ends, "n": lambda x, t, conditions: x})
    lost = engine.submit("ends", counting(1), "me")
    with pytest.raises(Broken):
        lost.result(10)
    assert engine.changed.acquire(timeout=10)
    engine.changed.release()
    assert engine.submit("n", counting(3), "me").result(10) is not None
    engine.close()


def test_a_dead_thread_is_replaced_before_anything_is_accepted():
    engine = Engine({"n": lambda x, t, conditions: x})
    engine.close()
    with pytest.raises(Broken, match="closed"):
        engine.submit("n", counting(1), "me")
    engine.closed = False  # dead, and nobody told the engine
    assert engine.submit("n", counting(3), "me").result(10) is not None
    engine.close()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_answer_that_is_no_number_fails_alone_and_is_not_drawn(bad):
    engine = Engine({"n": lambda x, t, conditions: torch.where(x < 0, bad, x)})
    good = [engine.submit("n", counting(50), str(i)) for i in range(5)]
    with pytest.raises(NotANumber, match="no number"):
        engine.submit("n", counting(50, value=-1.0), "bad").result(10)
    assert all(job.result(10).isfinite().all() for job in good)
    engine.close()


@pytest.mark.parametrize(
    "network, key",
    [
        (lambda x, t, conditions: x + float("nan"), "failed.nan"),
        (lambda x, t, conditions: x / 0, "failed.nan"),
        (lambda x, t, conditions: [][1], "failed.run"),
        (lambda x, t, conditions: sys.exit(1), "failed.run"),
    ],
    ids=["NaN", "infinity", "an error", "an end"],
)
def test_a_visitor_is_told_in_a_sentence_what_went_wrong(network, key, caplog):
    async def draw():
        jobs = sampling.start("me", [("broken", counting(3, value=1.0))])
        return [step async for step in sampling.progress(jobs)]

    sampling.engine().add("broken", network, 4)
    with pytest.raises(Refused) as refusal:
        awaited(draw())
    assert refusal.value.key == key and caplog.records
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))


def test_watching_gives_the_frames_in_order_and_leaving_cancels(engine, model):
    async def watch_all():
        job = engine.submit("tiny", sampler(model, 3), "watcher")
        return [frame.i async for frame in job.watch()]

    async def leave_early():
        job = engine.submit("tiny", sampler(model, 3, steps=50), "leaver")
        frames = job.watch()
        await anext(frames)
        await frames.aclose()
        return job

    with ThreadPoolExecutor(1) as elsewhere:  # a browser test's event loop may run in this thread
        assert elsewhere.submit(lambda: asyncio.run(watch_all())).result() == list(range(9, -1, -1))
        job = elsewhere.submit(lambda: asyncio.run(leave_early())).result()
    assert job.cancelled


def test_frames_that_nobody_sees_are_bounded(engine, model):
    job = engine.submit("tiny", sampler(model, 1, steps=50), "slow", kept=4)
    job.result(30)
    assert [frame.i for frame in job.frames] == [3, 2, 1, 0]


def test_an_unknown_network_is_named_with_the_known_ones(engine):
    with pytest.raises(KeyError, match="There is no network 'nope'; there are: tiny"):
        engine.submit("nope", counting(1), "x")


def test_closing_cancels_what_is_under_way():
    engine = Engine({"n": lambda x, t, conditions: x})
    job = engine.submit("n", counting(10**7), "x")
    engine.close()
    with pytest.raises(Cancelled):
        job.result(1)


@pytest.mark.parametrize(
    "seconds, best",
    [(lambda rows: 0.02, 32), (lambda rows: 0.01 * rows, 1), (lambda rows: 0.1 + 0.02 * rows, 4)],
    ids=["a call costs the same however many rows", "rows cost the same in any company", "none over a quarter"],
)
def test_the_best_batch_is_the_smallest_that_is_nearly_fastest(seconds, best):
    now = [0.0]

    def call(rows):
        now[0] += seconds(rows)

    assert best_batch(call, clock=lambda: now[0]) == best


def test_no_larger_batch_is_tried_where_twice_the_rows_bring_nothing():
    now, asked = [0.0], []

    def call(rows):
        asked.append(rows)
        now[0] += 0.01 * max(rows, 4)

    assert best_batch(call, clock=lambda: now[0]) == 4
    assert max(asked) == 8


def test_a_network_that_is_added_later_is_asked():
    engine = Engine({})
    with pytest.raises(KeyError, match="no network"):
        engine.submit("late", counting(1), "me")
    engine.add("late", lambda x, t, conditions: x + 1, batch=4)
    assert float(engine.submit("late", counting(3), "me").result(10).max()) == 3
    engine.close()


def test_visitors_who_come_first_together_share_one_engine(monkeypatch):
    def slowly(*values, **options) -> Engine:
        time.sleep(0.05)  # as on a busy machine
        return Engine(*values, **options)

    monkeypatch.setattr(sampling, "Engine", slowly)
    monkeypatch.setattr(sampling, "_engine", cache(sampling._engine.__wrapped__))
    with ThreadPoolExecutor(16) as pool:
        engines = set(pool.map(lambda _: sampling.engine(), range(16)))
    for one in engines:
        one.close()
    assert len(engines) == 1
