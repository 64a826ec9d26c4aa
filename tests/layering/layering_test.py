"""The layering of this repository, and proof that the checker finds what it should.

    layering_test.py ROOT
"""

import pathlib
import sys
import tempfile
import unittest

import layering
import rooms

ROOT = pathlib.Path(sys.argv.pop(1))


def reasons(files: dict[str, str]) -> list[str]:
    """Violations of a tree that consists of `files`: path -> text."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return [str(violation) for violation in layering.violations(pathlib.Path(folder))]


class CheckerTest(unittest.TestCase):
    def assert_refused(self, file: str, include: str, reason: str) -> None:
        found = reasons({file: f"// A file.\n#include {include}\n"})
        self.assertTrue(any(reason in line and f"{file}:2" in line for line in found), found)

    def assert_allowed(self, file: str, include: str) -> None:
        self.assertEqual(reasons({file: f"#include {include}\n"}), [])

    def test_a_lower_room_must_not_include_a_higher_one(self):
        self.assert_refused("core/graph/a.h", '"core/loader/b.h"', "may not include core/loader")

    def test_a_room_must_not_include_its_neighbour(self):
        self.assert_refused("core/image/a.h", '"core/dataset/b.h"', "may not include core/dataset")

    def test_the_server_uses_the_engine_only_by_its_interface(self):
        self.assert_refused("server/rpc/a.cc", '"core/engine/b.h"', "may not include core/engine")
        self.assert_allowed("server/rpc/a.cc", '"core/api/engine.h"')

    def test_core_must_not_include_the_server(self):
        self.assert_refused("core/engine/a.cc", '"server/rpc/b.h"', "may not include server/rpc")

    def test_a_room_may_include_what_its_arrows_lead_to(self):
        self.assert_allowed("core/engine/a.cc", '"core/base/digest.h"')

    def test_a_new_folder_needs_a_place_in_the_table(self):
        self.assert_refused("core/attic/a.cc", "<vector>", "is not a room")

    def test_the_library_must_not_depend_on_its_tests(self):
        self.assert_refused("core/base/a.cc", '"tests/support/catch.h"', "must not depend on tests")

    def test_big_torch_headers_are_refused_everywhere(self):
        self.assert_refused("core/loader/a.cc", "<torch/torch.h>", "costs 20 s")
        self.assert_refused("tests/core/a.cc", "<ATen/ATen.h>", "costs 20 s")
        self.assert_refused("core/graph/a.cc", "<torch/script.h>", "costs 20 s")

    def test_torch_jit_is_for_the_loader_alone(self):
        self.assert_refused("core/graph/a.h", "<torch/csrc/jit/ir/ir.h>", "only core/loader")
        self.assert_allowed("core/loader/a.cc", "<torch/csrc/jit/ir/ir.h>")

    def test_the_server_must_not_know_torch_opencv_or_cuda(self):
        self.assert_refused("server/rpc/a.cc", "<ATen/core/Tensor.h>", "torch stays behind")
        self.assert_refused("server/rpc/a.cc", "<opencv2/core.hpp>", "codecs stay")
        self.assert_refused("server/rpc/a.cc", "<cuda_runtime.h>", "knows no CUDA")

    def test_core_must_not_know_grpc_or_protobuf(self):
        self.assert_refused("core/engine/a.cc", "<grpcpp/grpcpp.h>", "no gRPC")
        self.assert_refused("core/api/a.h", '"deepvision/v1/common.pb.h"', "no protobuf")

    def test_torch_and_protobuf_must_not_meet_in_one_file(self):
        text = '#include <ATen/core/Tensor.h>\n#include "google/protobuf/any.pb.h"\n'
        found = reasons({"tests/a.cc": text})
        self.assertTrue(any("must not meet" in line for line in found), found)

    def test_a_source_must_include_its_own_header_first(self):
        files = {"core/base/a.h": "", "core/base/a.cc": '#include <string>\n#include "core/base/a.h"\n'}
        self.assertTrue(any("must be core/base/a.h" in line for line in reasons(files)))
        files["core/base/a.cc"] = '#include "core/base/a.h"\n#include <string>\n'
        self.assertEqual(reasons(files), [])

    def test_the_arrows_have_no_cycle(self):
        for room, targets in rooms.ROOMS.items():
            for target in targets:
                self.assertNotIn(room, layering.may_include(target))


class RepositoryTest(unittest.TestCase):
    def test_every_include_follows_the_arrows(self):
        self.assertEqual([str(violation) for violation in layering.violations(ROOT)], [])

    def test_there_is_something_to_check(self):
        self.assertGreater(len(list(layering.includes_of(ROOT))), 100)


if __name__ == "__main__":
    unittest.main()
