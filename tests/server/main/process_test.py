"""The process as an operator sees it: flags, manifests, health, signals.

    process_test.py DEEPVISION_SERVER
"""

import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

SERVER = sys.argv.pop(1)


def run(*flags: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [SERVER, *flags], capture_output=True, text=True, timeout=120, check=False
    )


class RunningServer:
    """A server without networks on a free port."""

    def __init__(self, folder: str, *flags: str) -> None:
        self.process = subprocess.Popen(
            [SERVER, "--listen=127.0.0.1:0", f"--projects={folder}", f"--datasets={folder}", *flags],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = self._wait_for_port()

    def _wait_for_port(self) -> int:
        for line in self.process.stderr:
            match = re.search(r"serving on .* port (\d+)", line)
            if match:
                return int(match.group(1))
        raise AssertionError(f"the server ended with code {self.process.wait()}")

    def __enter__(self) -> "RunningServer":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=60)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


class FlagsTest(unittest.TestCase):
    def assert_refused(self, text: str, *flags: str) -> None:
        result = run(*flags)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(text, result.stderr)

    def test_an_unknown_flag_is_an_error(self) -> None:
        self.assert_refused("Unknown command line flag 'projekts'", "--projekts=x")

    def test_a_word_that_is_no_flag_is_an_error(self) -> None:
        self.assert_refused('"serve" is no flag', "serve")

    def test_a_wrong_value_names_the_flag_and_what_is_allowed(self) -> None:
        self.assert_refused("--max_message_bytes is 5; it must be 65536", "--max_message_bytes=5")
        self.assert_refused("must be auto, cpu or cuda:N", "--device=tpu")
        self.assert_refused("--stall_timeout is 0; it must be 1s to 24h", "--stall_timeout=0s")
        self.assert_refused("it must be debug, info", "--log_level=loud")

    def test_the_version_is_told(self) -> None:
        self.assertRegex(run("--version").stdout, r"^deepvision_server \d+\.\d+\.\d+\n$")

    def test_help_lists_our_flags_and_no_others(self) -> None:
        text = run("--help").stdout
        self.assertIn("--drain_timeout", text)
        self.assertNotIn("--undefok", text)


class ManifestsTest(unittest.TestCase):
    def test_a_typo_in_a_manifest_names_file_line_and_field(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "p" / "project.textproto"
            file.parent.mkdir()
            file.write_text('networks {\n  id: "n"\n  modelfile: "n.pt"\n}\n', encoding="utf-8")
            result = run("--listen=127.0.0.1:0", f"--projects={folder}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("project.textproto:3:3: ", result.stderr)
        self.assertIn('no field named "modelfile"', result.stderr)
        self.assertIn("model_file", result.stderr)

    def test_a_model_that_is_not_there_is_an_error(self) -> None:
        result = run("--listen=127.0.0.1:0", "--model=/nowhere/net.pt")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nowhere/net.pt: there is no such file", result.stderr)


class ProcessTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_the_healthcheck_tells_a_running_server_from_a_stopped_one(self) -> None:
        with RunningServer(self.folder) as server:
            address = f"--listen=127.0.0.1:{server.port}"
            self.assertEqual(run("--healthcheck", address).returncode, 0)
            server.stop(signal.SIGTERM)
        result = run("--healthcheck", address)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no answer", result.stderr)

    def test_a_signal_ends_the_server_with_code_0(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with RunningServer(self.folder) as server:
                self.assertEqual(server.stop(number), 0)

    def test_a_port_in_use_ends_the_second_server(self) -> None:
        with RunningServer(self.folder) as server:
            result = run(f"--listen=127.0.0.1:{server.port}", f"--projects={self.folder}")
            self.assertEqual(result.returncode, 1)
            self.assertIn("choose another --listen", result.stderr)


if __name__ == "__main__":
    unittest.main()
