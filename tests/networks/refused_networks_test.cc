// Files that must be refused with a sentence that says why.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/time/clock.h"
#include "tests/networks/captured.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

absl::Status OpenAndSpecialise(const std::string& source) {
  return Open(Network(source))->Specialise(Picture()).status();
}

absl::Status OpenBytes(const std::string& bytes) {
  const TestFolder folder;
  const std::string path = folder.path() / "network.pt";
  std::ofstream(path, std::ios::binary) << bytes;
  return ModelFile::Open(path, "").status();
}

std::string BytesOfNetwork() {
  const TestFolder folder;
  const std::string path = folder.path() / "network.pt";
  Network("def forward(self, x: Tensor) -> Tensor:\n  return self.a.forward(x)\n").Save(path);
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_CASE("a second input without a default is named", "[networks]") {
  CHECK_STATUS(OpenAndSpecialise("def forward(self, x: Tensor, other: Tensor) -> Tensor:\n"
                                 "  return x + other\n"),
               absl::StatusCode::kInvalidArgument, "\"other\" (Tensor)");
}

TEST_CASE("a first input that is no tensor is named with its type", "[networks]") {
  CHECK_STATUS(OpenAndSpecialise("def forward(self, parts: List[Tensor]) -> Tensor:\n"
                                 "  return parts[0]\n"),
               absl::StatusCode::kInvalidArgument, "\"parts\"");
}

TEST_CASE("a network that returns no tensor is refused", "[networks]") {
  CHECK_STATUS(OpenAndSpecialise("def forward(self, x: Tensor) -> int:\n  return x.size(0)\n"),
               absl::StatusCode::kInvalidArgument, "no tensor");
}

TEST_CASE("an operator that fails is named with its module", "[networks]") {
  const absl::Status status = OpenAndSpecialise(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  return self.b.forward(x)\n");  // three channels where four are needed
  CHECK_STATUS(status, absl::StatusCode::kInvalidArgument, "module \"b\"");
  CHECK_STATUS(status, absl::StatusCode::kInvalidArgument, "aten::conv2d");
}

TEST_CASE("truncated, empty and foreign files are refused", "[networks]") {
  const std::string bytes = BytesOfNetwork();
  CHECK_FALSE(OpenBytes(bytes.substr(0, bytes.size() / 2)).ok());
  CHECK_FALSE(OpenBytes("").ok());
  CHECK_FALSE(OpenBytes("this is not a network").ok());
  CHECK(OpenBytes(bytes).ok());
}

TEST_CASE("a damaged file is refused by its checksum", "[networks]") {
  const TestFolder folder;
  const std::string path = folder.path() / "network.pt";
  std::ofstream(path, std::ios::binary) << BytesOfNetwork();
  CHECK_STATUS(ModelFile::Open(path, std::string(64, '0')), absl::StatusCode::kDataLoss, "SHA-256");
}

TEST_CASE("code that loops for ever is given up at its time", "[networks][refused]") {
  const auto file =
      Open(Network("def forward(self, x: Tensor) -> Tensor:\n"
                   "  while bool(x.size(0) > 0):\n"
                   "    x = x + 1\n"
                   "  return x\n"));
  CHECK_STATUS(file->Specialise(Picture(), absl::Now() + absl::Milliseconds(100)),
               absl::StatusCode::kDeadlineExceeded, "loop for ever");
}

}  // namespace
}  // namespace deepvision
