"""deepvision_server as a process of its own on a free port of the loopback.

    with RunningServer(binary, "--projects=…", "--datasets=…") as server:
        server.port
        server.stop(signal.SIGTERM)  # the exit code

Its log is read as far as wait_for was asked to; a log that nobody reads is small enough
for the pipe in these tests.
"""

from __future__ import annotations

import pathlib
import re
import signal
import subprocess


class RunningServer:
    def __init__(self, binary: str, *flags: str) -> None:
        self.process = subprocess.Popen(
            [binary, "--listen=127.0.0.1:0", *flags], stderr=subprocess.PIPE, text=True
        )
        self.log: list[str] = []
        self.port = int(self.wait_for(r"serving on .* port (\d+)").group(1))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The match in the first line of the log that has `pattern`."""
        for line in self.log:
            if match := re.search(pattern, line):
                return match
        for line in self.process.stderr:
            self.log.append(line)
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"the server ended with code {self.process.wait()}: {self.log}")

    def resident_bytes(self) -> int:
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * 4096

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=60)
