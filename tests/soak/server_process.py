"""A deepvision_server as the operating system sees it: memory, descriptors,
threads, log and metrics."""

import collections
import dataclasses
import os
import pathlib
import re
import signal
import statistics
import subprocess
import threading
import time
import urllib.request

import grpc
from deepvision._generated.v1 import admin_pb2, admin_pb2_grpc

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Metrics that are zero when no request is alive, whatever their labels: those of
# docs/operations.md that say "0 at rest".
ZERO_AT_REST = {
    "deepvision_live_calls",
    "deepvision_live_buffers",
    "deepvision_live_buffer_bytes",
    "deepvision_budget_bytes",
    "deepvision_queue_depth",
    "deepvision_busy_cores",
}


@dataclasses.dataclass(frozen=True)
class Usage:
    """What the process holds at one moment."""

    rss_bytes: int
    descriptors: int
    threads: int

    def __str__(self):
        return (
            f"RSS {self.rss_bytes / 2**20:.1f} MB, {self.descriptors} descriptors, "
            f"{self.threads} threads"
        )


class ServerProcess:
    """Starts the server on a free port; its end kills it."""

    def __init__(self, binary, *flags):
        doors = [f"--{door}=127.0.0.1:0" for door in ("listen", "metrics_listen", "admin_listen")]
        self.process = subprocess.Popen(
            [binary, *doors, *flags], stderr=subprocess.PIPE, text=True
        )
        self.internal_errors = []
        self.calls = 0
        self._ready = threading.Event()
        self._address = self._metrics = self._admin = None
        threading.Thread(target=self._read_log, daemon=True).start()
        if not self._ready.wait(60):
            raise RuntimeError("the server does not begin to serve")

    @property
    def address(self):
        return self._address

    def _read_log(self):
        for line in self.process.stderr:
            found = re.search(r"metrics on .*, port (\d+)", line)
            if found:
                self._metrics = f"http://127.0.0.1:{found.group(1)}/metrics"
            found = re.search(r"serving on .* port (\d+)", line)
            if found:
                self._address = f"127.0.0.1:{found.group(1)}"
            found = re.search(r"administration on .* port (\d+)", line)
            if found:
                self._admin = f"127.0.0.1:{found.group(1)}"
            if self._address and self._admin:
                self._ready.set()
            self.calls += " method=" in line or "Service/" in line
            if "code=INTERNAL" in line or "code=UNKNOWN" in line:
                self.internal_errors.append(line.strip())

    def _folder(self):
        return pathlib.Path("/proc") / str(self.process.pid)

    def usage(self):
        folder = self._folder()
        return Usage(
            int((folder / "statm").read_text().split()[1]) * PAGE_BYTES,
            len(list((folder / "fd").iterdir())),
            len(list((folder / "task").iterdir())),
        )

    def descriptors(self):
        """What the descriptors are, counted: "socket", "anon_inode:[eventfd]", paths."""
        targets = (os.readlink(entry) for entry in (self._folder() / "fd").iterdir())
        return collections.Counter(re.sub(r":\[\d+\]$", "", target) for target in targets)

    def nonzero_counters(self):
        """The metrics that should be zero at rest and are not."""
        with urllib.request.urlopen(self._metrics, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        values = [line.rsplit(" ", 1) for line in lines if line and not line.startswith("#")]
        missing = ZERO_AT_REST - {name.split("{")[0] for name, _ in values}
        if missing:
            raise RuntimeError(f"metrics that are not there: {sorted(missing)}")
        return {
            name: float(value)
            for name, value in values
            if name.split("{")[0] in ZERO_AT_REST and float(value) != 0
        }

    def _give_back(self):
        """Caches, and memory that is kept for later: neither is lost."""
        with grpc.insecure_channel(self._admin) as channel:
            admin_pb2_grpc.AdminServiceStub(channel).ClearCache(admin_pb2.ClearCacheRequest(), timeout=60)

    def at_rest(self, timeout_s=60):
        """Usage once no connection is left, the counters are zero and the caches empty:
        the medians of what is seen for some seconds after that."""
        latest = time.monotonic() + timeout_s
        while self.nonzero_counters() and time.monotonic() < latest:
            time.sleep(0.1)
        self._give_back()
        seen = []
        while len(seen) < 20:
            usage = self.usage()
            quiet = not self.nonzero_counters()
            if not quiet or (seen and usage.descriptors != seen[-1].descriptors):
                seen = []
            seen.append(usage)
            if time.monotonic() > latest:
                raise RuntimeError(f"the server does not come to rest: {self.nonzero_counters()}, {usage}")
            time.sleep(0.1)
        return Usage(*(int(statistics.median(column)) for column in zip(*map(dataclasses.astuple, seen))))

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=60)
