#include "core/input/input_digest.h"

#include <set>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "core/input/prepare_input.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

HostBuffer Bytes(const std::string& text) { return HostBuffer(text); }

TEST_CASE("the digest is the SHA-256 of name and fields", "[input][digest]") {
  Sha256 hash;
  hash.Update(
      std::string("\x05\0\0\0\0\0\0\0noise\x06\0\0\0\0\0\0\0normal\x07\x01\0\0\0\0\0\0", 35));
  CHECK(InputDigest(NoiseRef{"normal", 263}) == hash.Finish());
}

TEST_CASE("equal inputs have equal digests", "[input][digest]") {
  CHECK(InputDigest(EncodedImage{Bytes("abc")}) == InputDigest(EncodedImage{Bytes("abc")}));
  CHECK(InputDigest(NoiseRef{"", 3}) == InputDigest(NoiseRef{"normal", 3}));
}

TEST_CASE("every field counts", "[input][digest]") {
  const std::vector<Input> inputs = {
      Input(),
      ZerosInput(),
      BlackInput(),
      DatasetImageRef{"a", 1},
      DatasetImageRef{"a", 2},
      DatasetImageRef{"b", 1},
      NoiseRef{"normal", 1},
      NoiseRef{"uniform", 1},
      NoiseRef{"normal", 2},
      EncodedImage{Bytes("abc")},
      EncodedImage{Bytes("abd")},
      VisualizationRef{"a", 1, 0},
      VisualizationRef{"a", 0, 1},
      VisualizationRef{"b", 1, 0},
      Pixels{PixelFormat::kRgb8, 1, 2, RowOrder::kTopDown, Bytes("abcdef")},
      Pixels{PixelFormat::kRgb8, 2, 1, RowOrder::kTopDown, Bytes("abcdef")},
      Pixels{PixelFormat::kRgb8, 1, 2, RowOrder::kBottomUp, Bytes("abcdef")},
      Pixels{PixelFormat::kGray8, 1, 2, RowOrder::kTopDown, Bytes("abcdef")},
      InputTensor{{1, 1, 1}, TensorSpace::kNetwork, Bytes("abcd")},
      InputTensor{{1, 1, 1}, TensorSpace::kUnit, Bytes("abcd")},
      InputTensor{{1, 1, 2}, TensorSpace::kNetwork, Bytes("abcd")},
  };
  std::set<std::string> digests;
  for (const Input& input : inputs) digests.insert(InputDigest(input));
  CHECK(digests.size() == inputs.size());
}

TEST_CASE("a prepared input carries its digest, the same for every network", "[input][digest]") {
  Preprocessing small;
  small.height = small.width = 4;
  Preprocessing large;
  large.height = large.width = 8;
  const NoiseRef noise{"uniform", 5};
  const auto a = PrepareInput(noise, small, {}, {});
  const auto b = PrepareInput(noise, large, {}, {});
  REQUIRE_OK(a);
  REQUIRE_OK(b);
  CHECK(a->digest == InputDigest(noise));
  CHECK(b->digest == a->digest);
}

}  // namespace
}  // namespace deepvision
