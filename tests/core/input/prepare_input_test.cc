#include "core/input/prepare_input.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/dataset/noise.h"
#include "core/image/decode.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
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

absl::StatusOr<PreparedInput> Prepare(const Input& input, const Preprocessing& network,
                                      const InputLimits& limits = {},
                                      const DatasetRegistry& datasets = {}) {
  return PrepareInput(input, network, datasets, limits);
}

std::vector<float> Values(const absl::StatusOr<PreparedInput>& prepared) {
  REQUIRE_OK(prepared);
  const at::Tensor& tensor = prepared->tensor;
  REQUIRE(tensor.is_contiguous());
  REQUIRE(tensor.scalar_type() == at::kFloat);
  REQUIRE(tensor.dim() == 4);
  return {tensor.const_data_ptr<float>(), tensor.const_data_ptr<float>() + tensor.numel()};
}

HostBuffer Floats(const std::vector<float>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return HostBuffer(std::move(bytes));
}

HostBuffer File(const std::string& name) { return HostBuffer(ReadTestFile(name)); }

std::vector<float> Reference(const std::string& name) {
  const std::vector<uint8_t> bytes = ReadTestFile("preprocessing/" + name);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  REQUIRE(values.size() == 3 * 16 * 16);
  return values;
}

TEST_CASE("normalised pictures are torchvision's bit for bit", "[input]") {
  const EncodedImage square{File("preprocessing/square.png")};
  Preprocessing network = Network(3, 16, 16);
  SECTION("ToTensor and Normalize") {
    network.mean = {0.485F, 0.456F, 0.406F};
    network.std = {0.229F, 0.224F, 0.225F};
    CHECK(Values(Prepare(square, network)) == Reference("square_imagenet.f32"));
  }
  SECTION("a range of 255") {
    network.value_range = 255;
    network.mean = {127, 127, 127};
    network.std = {128, 128, 128};
    CHECK(Values(Prepare(square, network)) == Reference("square_127_128.f32"));
  }
  SECTION("blue, green, red") {
    network.value_range = 255;
    network.mean = {103.939F, 116.779F, 123.68F};
    network.bgr = true;
    CHECK(Values(Prepare(square, network)) == Reference("square_caffe.f32"));
  }
}

TEST_CASE("pixels are what the same PNG gives", "[input]") {
  const HostBuffer file = File("preprocessing/noise.png");
  const auto bitmap = DecodeImage(file.data(), file.size());
  REQUIRE_OK(bitmap);
  const Preprocessing network = Network(3, 24, 24);
  const std::vector<float> expected = Values(Prepare(EncodedImage{file}, network));
  SECTION("RGB8") {
    const Pixels pixels{PixelFormat::kRgb8, 50, 40, RowOrder::kTopDown, HostBuffer(bitmap->pixels)};
    CHECK(Values(Prepare(pixels, network)) == expected);
  }
  SECTION("RGBA8 with the bottom row first") {
    std::vector<uint8_t> rgba;
    for (int y = 39; y >= 0; --y) {
      for (int x = 0; x < 50; ++x) {
        const uint8_t* pixel = bitmap->View().Row(y) + 3 * x;
        rgba.insert(rgba.end(), {pixel[0], pixel[1], pixel[2], static_cast<uint8_t>(x)});
      }
    }
    const Pixels pixels{PixelFormat::kRgba8, 50, 40, RowOrder::kBottomUp, HostBuffer(rgba)};
    CHECK(Values(Prepare(pixels, network)) == expected);
  }
}

TEST_CASE("GRAY8 is the same in each channel, and untouched in one", "[input]") {
  const Pixels pixels{PixelFormat::kGray8, 2, 1, RowOrder::kTopDown,
                      HostBuffer(std::vector<uint8_t>{0, 255})};
  Preprocessing network = Network(3, 1, 2);
  network.resize = ResizePolicy::kStretch;
  CHECK(Values(Prepare(pixels, network)) == std::vector<float>{0, 1, 0, 1, 0, 1});
  network.channels = 1;
  CHECK(Values(Prepare(pixels, network)) == std::vector<float>{0, 1});
}

TEST_CASE("wrong pixels are refused with the sizes that were expected", "[input]") {
  const Preprocessing network = Network(3, 8, 8);
  const auto refused = [&](int width, int height, size_t size, const InputLimits& limits = {}) {
    return Prepare(Pixels{PixelFormat::kRgb8, width, height, RowOrder::kTopDown,
                          HostBuffer(std::vector<uint8_t>(size))},
                   network, limits);
  };
  CHECK_STATUS(refused(2, 2, 11), absl::StatusCode::kInvalidArgument, "= 12 bytes, not 11");
  CHECK_STATUS(refused(0, 2, 0), absl::StatusCode::kInvalidArgument, "1 to 16384");
  CHECK_STATUS(refused(16385, 1, 3), absl::StatusCode::kInvalidArgument, "input.pixels");
  CHECK_STATUS(refused(-1, -1, 3), absl::StatusCode::kInvalidArgument, "1 to 16384");
  CHECK_STATUS(refused(16384, 16384, 3), absl::StatusCode::kResourceExhausted, "268435456 pixels");
}

TEST_CASE("a tensor in NETWORK space is used bit for bit", "[input]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const InputTensor tensor{{2, 1, 2}, TensorSpace::kNetwork, Floats({1, nan, -INFINITY, 5})};
  Preprocessing network = Network(2, 8, 8);
  network.mean = {9, 9};
  const std::vector<float> values = Values(Prepare(tensor, network));
  CHECK(values[0] == 1);
  CHECK(std::isnan(values[1]));
  CHECK(values[2] == -INFINITY);
  CHECK(values[3] == 5);
}

TEST_CASE("a tensor in UNIT space is normalised like a picture", "[input]") {
  const InputTensor tensor{{3, 1, 1}, TensorSpace::kUnit, Floats({0.25F, 0.5F, 2})};
  Preprocessing network = Network(3, 8, 8);
  network.value_range = 255;
  network.mean = {10, 20, 30};
  network.std = {1, 2, 4};
  CHECK(Values(Prepare(tensor, network)) ==
        std::vector<float>{63.75F - 10, (127.5F - 20) / 2, (510.F - 30) / 4});
  network.bgr = true;
  CHECK(Values(Prepare(tensor, network)) ==
        std::vector<float>{510.F - 10, (127.5F - 20) / 2, (63.75F - 30) / 4});
}

TEST_CASE("a tensor of another shape or size is refused", "[input]") {
  const auto prepare = [](Shape shape, size_t count, bool fixed) {
    InputLimits limits;
    limits.fixed_size = fixed;
    return Prepare(
        InputTensor{std::move(shape), TensorSpace::kNetwork, Floats(std::vector<float>(count))},
        Network(3, 8, 8), limits);
  };
  REQUIRE_OK(prepare({3, 4, 5}, 60, false));
  REQUIRE_OK(prepare({3, 8, 8}, 192, true));
  CHECK_STATUS(prepare({3, 4, 5}, 60, true), absl::StatusCode::kInvalidArgument, "[3, 8, 8]");
  CHECK_STATUS(prepare({1, 4, 5}, 20, false), absl::StatusCode::kInvalidArgument,
               "[3, height, width] with sides of 1 to 16384, not [1, 4, 5]");
  CHECK_STATUS(prepare({1, 3, 4, 5}, 60, false), absl::StatusCode::kInvalidArgument, "shape");
  CHECK_STATUS(prepare({}, 60, false), absl::StatusCode::kInvalidArgument, "not []");
  CHECK_STATUS(prepare({3, 4, 5}, 59, false), absl::StatusCode::kInvalidArgument,
               "= 240 bytes of float32, not 236");
  CHECK_STATUS(prepare({3, -1, -1}, 3, false), absl::StatusCode::kInvalidArgument, "shape");
  CHECK_STATUS(prepare({3, int64_t{1} << 40, int64_t{1} << 40}, 3, false),
               absl::StatusCode::kInvalidArgument, "shape");
}

TEST_CASE("zeros are zeros, and black is a normalised black picture", "[input]") {
  Preprocessing network = Network(4, 1, 2);
  network.mean = {1, 2, 3, 4};
  network.std = {1, 1, 1, 2};
  CHECK(Values(Prepare(ZerosInput(), network)) == std::vector<float>(8, 0));
  CHECK(Values(Prepare(BlackInput(), network)) ==
        std::vector<float>{-1, -1, -2, -2, -3, -3, -2, -2});
}

TEST_CASE("noise has the network's size and the generator's space", "[input]") {
  Preprocessing network = Network(3, 5, 7);
  network.mean = {0.5F, 0.5F, 0.5F};
  std::vector<float> expected(3 * 5 * 7);
  NoiseGenerators()[0].fill(9, expected.data(), expected.size());
  CHECK(Values(Prepare(NoiseRef{"", 9}, network)) == expected);
  CHECK(Values(Prepare(NoiseRef{"normal", 9}, network)) == expected);
  NoiseGenerators()[1].fill(9, expected.data(), expected.size());
  for (float& value : expected) value -= 0.5F;
  CHECK(Values(Prepare(NoiseRef{"uniform", 9}, network)) == expected);
  CHECK_STATUS(Prepare(NoiseRef{"pink", 9}, network), absl::StatusCode::kNotFound,
               "input.noise: generator");
}

TEST_CASE("an image of a dataset is read, decoded and fitted", "[input]") {
  const TestFolder folder;
  std::filesystem::create_directory(folder.path() / "a");
  std::filesystem::copy(TestDataPath("preprocessing/square.png"), folder.path() / "a" / "1.png");
  folder.Write("a/2.png", "broken");
  const auto datasets = DatasetRegistry::Open({{"set", "", "", folder.path().string(), {}}});
  REQUIRE_OK(datasets);
  const Preprocessing network = Network(3, 16, 16);
  CHECK(Values(Prepare(DatasetImageRef{"set", 0}, network, {}, *datasets)) ==
        Values(Prepare(EncodedImage{File("preprocessing/square.png")}, network)));
  CHECK_STATUS(Prepare(DatasetImageRef{"set", 1}, network, {}, *datasets),
               absl::StatusCode::kFailedPrecondition, "picture 1 of dataset \"set\"");
  CHECK_STATUS(Prepare(DatasetImageRef{"set", 2}, network, {}, *datasets),
               absl::StatusCode::kOutOfRange, "input.dataset_image");
  CHECK_STATUS(Prepare(DatasetImageRef{"other", 0}, network, {}, *datasets),
               absl::StatusCode::kNotFound, "\"set\"");
}

TEST_CASE("networks of two or of four and more channels take no pictures", "[input]") {
  const EncodedImage square{File("preprocessing/square.png")};
  CHECK_STATUS(Prepare(square, Network(4, 16, 16)), absl::StatusCode::kInvalidArgument,
               "send a tensor of shape [4, height, width]");
  CHECK_STATUS(Prepare(square, Network(2, 16, 16)), absl::StatusCode::kInvalidArgument,
               "input.encoded_image");
}

TEST_CASE("what is missing or too large is named", "[input]") {
  const Preprocessing network = Network(3, 16, 16);
  CHECK_STATUS(Prepare(Input(), network), absl::StatusCode::kInvalidArgument, "set one of");
  CHECK_STATUS(Prepare(EncodedImage{HostBuffer(std::string("GIF89a"))}, network),
               absl::StatusCode::kInvalidArgument,
               "input.encoded_image: the picture looks like GIF");
  InputLimits small;
  small.max_encoded_bytes = 10;
  CHECK_STATUS(Prepare(EncodedImage{File("preprocessing/square.png")}, network, small),
               absl::StatusCode::kResourceExhausted, "at most 10");
  small = {};
  small.max_pixels = 100;
  CHECK_STATUS(Prepare(EncodedImage{File("preprocessing/square.png")}, network, small),
               absl::StatusCode::kResourceExhausted, "16 x 16");
  CHECK_STATUS(Prepare(ZerosInput(), Network(3, 0, 0)), absl::StatusCode::kFailedPrecondition,
               "height and width");
  Preprocessing short_mean = network;
  short_mean.mean = {1};
  CHECK_STATUS(Prepare(ZerosInput(), short_mean), absl::StatusCode::kFailedPrecondition, "mean");
}

}  // namespace
}  // namespace deepvision
