"""Mixed load on a server, and whether it leaves anything behind.

    soak.py SERVER CALLER [--minutes 30] [--growth_mb 50]   mixed load
    soak.py SERVER CALLER --storm                            1000 cancels, 200 kill -9; twice

SERVER is deepvision_server, CALLER integration_caller. Measured at rest with empty
caches, after a warm-up and again at the end: resident memory may grow by
--growth_mb, descriptors and threads must be as many as before, counters zero, no
call INTERNAL, and the server ends with code 0. Needs the client's Python:
scripts/lib.sh.
"""

import argparse
import collections
import pathlib
import sys
import threading
import time
import traceback

import scenarios
from deepvision.errors import DeepVisionError
from server_process import ServerProcess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL_CACHES = [f"--cache_bytes={64 << 20}", f"--input_cache_bytes={32 << 20}"]
SPARE_THREADS = 2  # that gRPC starts and ends as it likes


class Load:
    """Workers that draw scenarios until they are told to stop."""

    def __init__(self, make_worker, weights, workers):
        self.counts = collections.Counter()
        self.failures = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(make_worker(seed), weights))
            for seed in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, worker, weights):
        with worker:
            while not self._stop.is_set():
                [scenario] = worker.random.choices(list(weights), weights.values())
                self._run(scenario, worker)

    def _run(self, scenario, worker):
        try:
            scenario(worker)
        except DeepVisionError as error:
            if error.code not in scenarios.BUSY:
                self.failures.append(f"{scenario.__name__}: {error.code} {error}")
        except Exception:
            self.failures.append(traceback.format_exc())
        with self._lock:
            self.counts[scenario.__name__] += 1

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def run_for(server, options, weights, seconds, counts):
    load = Load(
        lambda seed: scenarios.Worker(server.address, options.caller, options.network, seed),
        weights,
        options.workers,
    )
    latest, peak = time.monotonic() + seconds, 0
    while time.monotonic() < latest and not load.failures and server.process.poll() is None:
        peak = max(peak, server.usage().rss_bytes)
        time.sleep(1)
    load.stop()
    counts.update(load.counts)
    return load.failures, peak


def storm(server, options, cancels, kills):
    """Exactly so many cancels and killed clients."""
    worker = scenarios.Worker(server.address, options.caller, options.network, 7)
    with worker:
        for number in range(cancels):
            scenarios.cancelled(worker)
            if number % max(1, cancels // max(1, kills)) == 0:
                scenarios.killed(worker)
    return []


def judge(before, after, options, server):
    """Sentences about what is wrong."""
    wrong = []
    growth = (after.rss_bytes - before.rss_bytes) / 2**20
    print(f"growth: {growth:+.1f} MB (allowed: {options.growth_mb})")
    if growth > options.growth_mb:
        wrong.append(f"resident memory grew by {growth:.1f} MB, more than {options.growth_mb}")
    if after.descriptors != before.descriptors:
        wrong.append(f"{before.descriptors} descriptors became {after.descriptors}")
    if abs(after.threads - before.threads) > SPARE_THREADS:
        wrong.append(f"{before.threads} threads became {after.threads}")
    wrong.extend(f"internal error: {line}" for line in server.internal_errors[:5])
    return wrong


def soak(server, options):
    counts, begin = collections.Counter(), time.monotonic()
    seconds = options.minutes * 60
    if options.storm:
        # As long: how much is in use at once is chance, and what leaks does so twice.
        failures = storm(server, options, options.storm_size, options.storm_size // 5)
    else:
        failures, _ = run_for(server, options, scenarios.WEIGHTS, seconds / 5, counts)
    before = server.at_rest()
    print(f"after warm-up: {before}\n  {dict(server.descriptors())}")
    if options.storm:
        failures += storm(server, options, options.storm_size, options.storm_size // 5)
    else:
        more, peak = run_for(server, options, scenarios.WEIGHTS, seconds * 4 / 5, counts)
        failures += more
        print(f"peak under load: {peak / 2**20:.1f} MB; calls: {dict(counts)}")
    after = server.at_rest()
    print(f"at the end, after {time.monotonic() - begin:.0f} s: {after}\n  {dict(server.descriptors())}")
    return failures + judge(before, after, options, server)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("caller")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--growth_mb", type=float, default=50)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--network", default="demo")
    parser.add_argument("--storm", action="store_true")
    parser.add_argument("--storm_size", type=int, default=1000)
    parser.add_argument("--flag", action="append", default=[], help="another flag of the server")
    options = parser.parse_args()
    flags = [
        f"--projects={ROOT / 'projects'}",
        f"--datasets={ROOT / 'datasets'}",
        "--stall_timeout=2s",
        *SMALL_CACHES,
    ]
    with ServerProcess(options.server, *flags, *options.flag) as server:
        wrong = soak(server, options)
        code = server.stop()
    if code != 0:
        wrong.append(f"the server ended with code {code}")
    for sentence in wrong[:20]:
        print(f"WRONG: {sentence}")
    print("FAILED" if wrong else "passed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
