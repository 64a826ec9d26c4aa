#include "core/input/show_input.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "tests/support/bitmaps.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_data.h"

namespace deepvision {
namespace {

Preprocessing Network(int channels, int height, int width) {
  Preprocessing network;
  network.channels = channels;
  network.height = height;
  network.width = width;
  return network;
}

// Shares the values: they must outlive the tensor.
at::Tensor Tensor(std::vector<float>& values, std::vector<int64_t> shape) {
  return at::from_blob(values.data(), shape, at::kFloat);
}

std::vector<uint8_t> Shown(std::vector<float> values, std::vector<int64_t> shape,
                           const Preprocessing& network) {
  const auto bitmap = MakePicture(Tensor(values, std::move(shape)), network);
  REQUIRE_OK(bitmap);
  return bitmap->pixels;
}

TEST_CASE("a picture survives the way to the network and back", "[input][show]") {
  Preprocessing network = Network(3, 16, 16);
  SECTION("with the numbers of ImageNet") {
    network.mean = {0.485F, 0.456F, 0.406F};
    network.std = {0.229F, 0.224F, 0.225F};
  }
  SECTION("in a network that reads blue first") {
    network.value_range = 255;
    network.bgr = true;
    network.mean = {103.939F, 116.779F, 123.68F};
  }
  const EncodedImage square{HostBuffer(ReadTestFile("preprocessing/square.png"))};
  const auto prepared = PrepareInput(square, network, {}, {});
  REQUIRE_OK(prepared);
  const auto shown = MakePicture(prepared->tensor, network);
  REQUIRE_OK(shown);
  const auto original = PictureOfInput(square, {}, {});
  REQUIRE_OK(original);
  CHECK(MaxDifference(*shown, *original) == 0);
}

TEST_CASE("colours beyond black and white are clipped, NaN is black", "[input][show]") {
  CHECK(Shown({-1, 0.5F, 7, NAN}, {1, 1, 1, 4}, Network(1, 1, 4)) ==
        std::vector<uint8_t>{0, 128, 255, 0});
}

TEST_CASE("of many channels those to display are shown", "[input][show]") {
  Preprocessing network = Network(4, 1, 1);
  const std::vector<float> values = {0, 0.2F, 0.4F, 1};
  CHECK(Shown(values, {4, 1, 1}, network) == std::vector<uint8_t>{0, 51, 102});
  network.display_channels = {3, 1, 0};
  CHECK(Shown(values, {4, 1, 1}, network) == std::vector<uint8_t>{255, 51, 0});
  CHECK(Shown({1, 0.2F}, {2, 1, 1}, Network(2, 1, 1)) == std::vector<uint8_t>{255, 51, 0});
}

TEST_CASE("a tensor that is no picture is refused", "[input][show]") {
  const Preprocessing network = Network(3, 2, 2);
  CHECK_STATUS(MakePicture(at::zeros({2, 3, 2, 2}), network), absl::StatusCode::kInvalidArgument,
               "float32");
  CHECK_STATUS(MakePicture(at::zeros({1, 2, 2, 2}), network), absl::StatusCode::kInvalidArgument,
               "float32");
  CHECK_STATUS(MakePicture(at::zeros({3, 2, 2}, at::kDouble), network),
               absl::StatusCode::kInvalidArgument, "float32");
}

TEST_CASE("noise is shown without a network, what only a network knows is not", "[input][show]") {
  const auto noise = PictureOfInput(NoiseRef{"normal", 1}, {}, {});
  REQUIRE_OK(noise);
  CHECK(noise->width == 224);
  double mean = 0;
  for (const uint8_t value : noise->pixels)
    mean += value / static_cast<double>(noise->pixels.size());
  CHECK(mean == Approx(127.5).margin(1));
  CHECK_STATUS(PictureOfInput(ZerosInput(), {}, {}), absl::StatusCode::kInvalidArgument, "network");
  CHECK_STATUS(PictureOfInput(Input(), {}, {}), absl::StatusCode::kInvalidArgument, "set one of");
}

TEST_CASE("the bytes of a tensor can have the bottom row first", "[input][show]") {
  std::vector<float> values = {1, 2, 3, 4, 5, 6, 7, 8};
  const at::Tensor tensor = Tensor(values, {1, 2, 2, 2});
  const auto read = [](const absl::StatusOr<HostBuffer>& bytes) {
    REQUIRE_OK(bytes);
    std::vector<float> read(bytes->size() / sizeof(float));
    std::memcpy(read.data(), bytes->data(), bytes->size());
    return read;
  };
  CHECK(read(TensorBytes(tensor, RowOrder::kTopDown)) == values);
  CHECK(read(TensorBytes(tensor, RowOrder::kBottomUp)) ==
        std::vector<float>{3, 4, 1, 2, 7, 8, 5, 6});
}

}  // namespace
}  // namespace deepvision
