"""One protobuf in the process: LibTorch brings its own, which must stay hidden.

    symbols_test.py --libtorch FILE --protobuf FILE [BINARY …]

Two visible copies of protobuf corrupt each other's memory without a word, so
this is checked for the very files that are linked.
"""

import argparse
import re
import subprocess
import sys
import unittest

# The demangled name must begin with the namespace: `onnx_torch::F(google::
# protobuf::Arena*)` is harmless.
PROTOBUF_SYMBOL = re.compile(r"^[0-9a-f]* +[TWVBDRu] google::protobuf::", re.MULTILINE)

parser = argparse.ArgumentParser()
parser.add_argument("--libtorch", required=True)
parser.add_argument("--protobuf", required=True)
parser.add_argument("binaries", nargs="*")
ARGUMENTS = parser.parse_args()


def exported_protobuf_symbols(library: str) -> int:
    command = ["nm", "--dynamic", "--demangle", "--defined-only", library]
    symbols = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return len(PROTOBUF_SYMBOL.findall(symbols))


def loaded_libraries(binary: str) -> list[str]:
    output = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in output.splitlines()]


class SymbolsTest(unittest.TestCase):
    def test_libtorch_exports_no_protobuf_symbol(self):
        self.assertEqual(exported_protobuf_symbols(ARGUMENTS.libtorch), 0)

    def test_protobuf_symbols_are_seen_where_they_are(self):
        self.assertGreater(exported_protobuf_symbols(ARGUMENTS.protobuf), 1000)

    def test_each_binary_loads_one_protobuf_and_one_openmp(self):
        for binary in ARGUMENTS.binaries:
            with self.subTest(binary=binary):
                libraries = loaded_libraries(binary)
                self.assertEqual(sum(name.startswith("libprotobuf.so") for name in libraries), 1)
                self.assertLessEqual(sum(name.startswith("libgomp") for name in libraries), 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
