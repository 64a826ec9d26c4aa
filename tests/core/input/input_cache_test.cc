#include "core/input/input_cache.h"

#include <string>

#include "core/api/error.h"
#include "core/input/input_digest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_data.h"

namespace deepvision {
namespace {

Preprocessing Network(int side) {
  Preprocessing network;
  network.height = network.width = side;
  return network;
}

Pixels Gray(int width, uint8_t level) {
  Pixels pixels;
  pixels.format = PixelFormat::kGray8;
  pixels.width = width;
  pixels.height = 1;
  pixels.bytes = HostBuffer(std::string(static_cast<size_t>(width), static_cast<char>(level)));
  return pixels;
}

class Inputs {
 public:
  explicit Inputs(uint64_t capacity) : cache(capacity) {}

  absl::StatusOr<PreparedInput> Prepare(const Input& input, const Preprocessing& network) {
    return cache.Prepare(input, network, datasets, {});
  }

  InputCache cache;
  const DatasetRegistry datasets;
};

TEST_CASE("an input is prepared once for each preprocessing", "[input][cache]") {
  Inputs inputs(1 << 20);
  const EncodedImage picture{HostBuffer(ReadTestFile("preprocessing/square.png"))};
  const auto first = inputs.Prepare(picture, Network(16));
  REQUIRE_OK(first);
  const auto again = inputs.Prepare(picture, Network(16));
  REQUIRE_OK(again);
  CHECK(again->tensor.is_same(first->tensor));
  CHECK(again->digest == InputDigest(picture));
  CHECK(inputs.cache.Statistics().hits == 1);
  Preprocessing other = Network(16);
  other.mean = {0.1F, 0.1F, 0.1F};
  const auto shifted = inputs.Prepare(picture, other);
  REQUIRE_OK(shifted);
  CHECK_FALSE(shifted->tensor.equal(first->tensor));
  other.mean[2] = 0.10000001F;
  REQUIRE_OK(inputs.Prepare(picture, other));
  CHECK(inputs.cache.Statistics().hits == 1);
  CHECK(inputs.cache.Statistics().misses == 3);
}

TEST_CASE("what was seen can be asked for by its digest, in any preprocessing", "[input][cache]") {
  Inputs inputs(1 << 20);
  const auto seen = inputs.Prepare(Gray(8, 77), Network(4));
  REQUIRE_OK(seen);
  const InputByDigest named{seen->digest};
  const auto again = inputs.Prepare(named, Network(4));
  REQUIRE_OK(again);
  CHECK(again->tensor.is_same(seen->tensor));
  CHECK(again->digest == seen->digest);
  const auto larger = inputs.Prepare(named, Network(6));
  REQUIRE_OK(larger);
  CHECK(larger->tensor.equal(inputs.Prepare(Gray(8, 77), Network(6))->tensor));
  const auto whole = inputs.cache.Recall(named);
  REQUIRE_OK(whole);
  CHECK(std::get<Pixels>(*whole).width == 8);
}

TEST_CASE("a visualization that is not known is not found", "[input][cache]") {
  Inputs inputs(1 << 20);
  const auto prepared = inputs.Prepare(VisualizationRef{"networks/n/x", 3, 0}, Network(4));
  CHECK_STATUS(prepared.status(), absl::StatusCode::kNotFound, "start it again");
  CHECK(GetErrorDetails(prepared.status()).reason == "VISUALIZATION_NOT_FOUND");
}

TEST_CASE("an input that is not known is expired, and the text says what to do", "[input][cache]") {
  Inputs inputs(1 << 20);
  const InputByDigest unknown{std::string(64, '0')};
  const auto prepared = inputs.Prepare(unknown, Network(4));
  CHECK_STATUS(prepared.status(), absl::StatusCode::kNotFound, "send the input itself again");
  CHECK(GetErrorDetails(prepared.status()).reason == "INPUT_EXPIRED");
  CHECK_STATUS(inputs.cache.Recall(unknown).status(), absl::StatusCode::kNotFound, "again");
}

TEST_CASE("inputs are forgotten when others need the room", "[input][cache]") {
  Inputs inputs(20'000);
  const auto first = inputs.Prepare(Gray(8, 1), Network(16));
  REQUIRE_OK(first);
  for (uint8_t level = 2; level < 20; ++level) {
    REQUIRE_OK(inputs.Prepare(Gray(8, level), Network(16)));
    CHECK(inputs.cache.Statistics().bytes <= 20'000);
  }
  CHECK_STATUS(inputs.Prepare(InputByDigest{first->digest}, Network(16)).status(),
               absl::StatusCode::kNotFound, "again");
}

TEST_CASE("an input that could not be prepared is not remembered", "[input][cache]") {
  Inputs inputs(1 << 20);
  const EncodedImage broken{HostBuffer(std::string("no picture"))};
  CHECK_FALSE(inputs.Prepare(broken, Network(4)).ok());
  CHECK(inputs.cache.Statistics().entries == 0);
}

TEST_CASE("a stored input is known, one that is larger than the cache is refused",
          "[input][cache]") {
  Inputs inputs(2000);
  const auto digest = inputs.cache.Remember(Gray(100, 5));
  REQUIRE_OK(digest);
  CHECK(*digest == InputDigest(Gray(100, 5)));
  REQUIRE_OK(inputs.cache.Recall(InputByDigest{*digest}));
  CHECK_STATUS(inputs.cache.Remember(Gray(4000, 5)).status(), absl::StatusCode::kResourceExhausted,
               "larger than");
  REQUIRE_OK(inputs.cache.Recall(InputByDigest{*digest}));
}

}  // namespace
}  // namespace deepvision
