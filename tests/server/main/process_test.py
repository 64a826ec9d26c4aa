"""The process as an operator sees it: flags, manifests, health, signals.

    process_test.py DEEPVISION_SERVER
"""

import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from running_server import RunningServer

SERVER = sys.argv.pop(1)


def run(*flags: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [SERVER, *flags], capture_output=True, text=True, timeout=120, check=False
    )


def serve(folder: str, *flags: str) -> RunningServer:
    """A server without networks."""
    return RunningServer(SERVER, f"--projects={folder}", f"--datasets={folder}", *flags)


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
        self.assert_refused("is 3; it must be 1, 4 or 16", "--visualization_width=3")

    def test_the_version_is_told(self) -> None:
        self.assertRegex(run("--version").stdout, r"^deepvision_server \d+\.\d+\.\d+\n$")

    def test_help_lists_our_flags_and_no_others(self) -> None:
        text = run("--help").stdout
        self.assertIn("--drain_timeout", text)
        self.assertNotIn("--undefok", text)


class DoorsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name: str, text: str) -> str:
        file = pathlib.Path(self.folder) / name
        file.write_text(text, encoding="utf-8")
        return str(file)

    def make_pair(self) -> tuple[str, str]:
        """Names of a certificate's file and its key's."""
        certificate, key = f"{self.folder}/cert.pem", f"{self.folder}/key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "1", "-subj", "/CN=localhost", "-out", certificate, "-keyout", key],
            check=True,
            capture_output=True,
        )
        return certificate, key

    def assert_refused(self, text: str, *flags: str) -> None:
        result = run("--listen=127.0.0.1:0", f"--projects={self.folder}", *flags)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(text, result.stderr)

    def test_an_address_that_others_can_reach_needs_the_operators_word(self) -> None:
        self.assert_refused("Set --tls_cert and --tls_key, and --token_file", "--listen=0.0.0.0:0")
        with serve(self.folder, "--listen=0.0.0.0:0", "--insecure") as server:
            self.assertTrue(any("INSECURE: " in line for line in server.log), server.log)

    def test_with_tls_and_tokens_an_address_that_others_can_reach_is_fine(self) -> None:
        certificate, key = self.make_pair()
        tokens = self.write("tokens", "0123456789abcdef0123456789abcdef\n")
        flags = (f"--tls_cert={certificate}", f"--tls_key={key}", f"--token_file={tokens}")
        with serve(self.folder, "--listen=0.0.0.0:0", *flags) as server:
            self.assertFalse(any("INSECURE" in line for line in server.log), server.log)

    def test_files_that_are_not_in_order_name_their_flag(self) -> None:
        certificate, key = self.make_pair()
        self.assert_refused("--tls_cert is set without --tls_key", f"--tls_cert={certificate}")
        self.assert_refused(
            "--tls_key=/nowhere: cannot be read", f"--tls_cert={certificate}", "--tls_key=/nowhere"
        )
        self.assert_refused(
            "holds no certificate", f"--tls_cert={key}", f"--tls_key={key}"
        )
        self.assert_refused("holds no token", f"--token_file={self.write('empty', '# none')}")
        self.assert_refused("can be reached from other machines", "--admin_listen=0.0.0.0:0")

    def test_the_healthcheck_speaks_tls_with_the_servers_flags(self) -> None:
        certificate, key = self.make_pair()
        flags = (f"--tls_cert={certificate}", f"--tls_key={key}")
        with serve(self.folder, *flags) as server:
            address = f"--listen=127.0.0.1:{server.port}"
            self.assertEqual(run("--healthcheck", address, *flags).returncode, 0)
            self.assertEqual(run("--healthcheck", address).returncode, 1)

    def test_prometheus_finds_the_metrics(self) -> None:
        with serve(self.folder, "--metrics_listen=127.0.0.1:0") as server:
            port = server.wait_for(r"metrics on .* port (\d+)").group(1)
            self.assertEqual(run("--healthcheck", f"--listen=127.0.0.1:{server.port}").returncode, 0)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                text = answer.read().decode()
            values = dict(
                line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")
            )
            self.assertEqual(float(values["deepvision_live_calls"]), 0)
            self.assertEqual(float(values['deepvision_networks{state="ready"}']), 0)
            self.assertGreater(float(values["process_resident_memory_bytes"]), 1e6)
            self.assertIn("# TYPE deepvision_phase_seconds histogram", text)
            for name in {line.split("{")[0].split(" ")[0] for line in values}:
                self.assertRegex(name, r"^(deepvision|process|exposer)_")

    def test_a_metrics_port_in_use_ends_the_server(self) -> None:
        with serve(self.folder, "--metrics_listen=127.0.0.1:0") as server:
            port = server.wait_for(r"metrics on .* port (\d+)").group(1)
            self.assert_refused(
                "choose another --metrics_listen", f"--metrics_listen=127.0.0.1:{port}"
            )


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
        with serve(self.folder) as server:
            address = f"--listen=127.0.0.1:{server.port}"
            self.assertEqual(run("--healthcheck", address).returncode, 0)
            server.stop(signal.SIGTERM)
        result = run("--healthcheck", address)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no answer", result.stderr)

    def test_a_signal_ends_the_server_with_code_0(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with serve(self.folder) as server:
                self.assertEqual(server.stop(number), 0)

    def test_a_port_in_use_ends_the_second_server(self) -> None:
        with serve(self.folder) as server:
            result = run(f"--listen=127.0.0.1:{server.port}", f"--projects={self.folder}")
            self.assertEqual(result.returncode, 1)
            self.assertIn("choose another --listen", result.stderr)


if __name__ == "__main__":
    unittest.main()
