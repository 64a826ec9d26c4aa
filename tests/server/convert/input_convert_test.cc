#include "server/convert/input_convert.h"

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

v1::Input MakePixels(v1::PixelFormat format, uint32_t width, uint32_t height, size_t bytes) {
  v1::Input input;
  input.mutable_pixels()->set_format(format);
  input.mutable_pixels()->set_width(width);
  input.mutable_pixels()->set_height(height);
  input.mutable_pixels()->set_data(std::string(bytes, 'p'));
  return input;
}

v1::Input MakeTensor(std::vector<uint32_t> shape, size_t bytes) {
  v1::Input input;
  input.mutable_tensor()->mutable_shape()->Add(shape.begin(), shape.end());
  input.mutable_tensor()->set_data(std::string(bytes, 't'));
  return input;
}

TEST_CASE("an input with no member set says which members there are", "[server][convert]") {
  CHECK_STATUS(FromProto("input", v1::Input()), absl::StatusCode::kInvalidArgument,
               "input: is not set; set one of its members");
}

TEST_CASE("pixels need exactly the bytes of their size and format", "[server][convert]") {
  REQUIRE_OK(FromProto("input", MakePixels(v1::PIXEL_FORMAT_RGB8, 5, 3, 45)));
  REQUIRE_OK(FromProto("input", MakePixels(v1::PIXEL_FORMAT_RGBA8, 5, 3, 60)));
  REQUIRE_OK(FromProto("input", MakePixels(v1::PIXEL_FORMAT_GRAY8, 5, 3, 15)));
  CHECK_STATUS(FromProto("input", MakePixels(v1::PIXEL_FORMAT_RGB8, 5, 3, 44)),
               absl::StatusCode::kInvalidArgument, "input.pixels.data: is 44 bytes long");
  CHECK_STATUS(FromProto("input", MakePixels(v1::PIXEL_FORMAT_UNSPECIFIED, 5, 3, 45)),
               absl::StatusCode::kInvalidArgument, "input.pixels.format: is not set");
  CHECK_STATUS(FromProto("input", MakePixels(v1::PIXEL_FORMAT_RGB8, 0, 3, 0)),
               absl::StatusCode::kInvalidArgument, "input.pixels.width: ");
  CHECK_STATUS(FromProto("input", MakePixels(v1::PIXEL_FORMAT_RGB8, 3, 16385, 0)),
               absl::StatusCode::kInvalidArgument, "input.pixels.height: ");
}

TEST_CASE("pixels keep their bytes, size and row order", "[server][convert]") {
  v1::Input proto = MakePixels(v1::PIXEL_FORMAT_GRAY8, 2, 2, 4);
  proto.mutable_pixels()->set_data("abcd");
  proto.mutable_pixels()->set_row_order(v1::ROW_ORDER_BOTTOM_UP);
  const auto input = FromProto("input", std::move(proto));
  REQUIRE_OK(input);
  const Pixels& pixels = std::get<Pixels>(*input);
  CHECK(std::string(pixels.bytes.data(), pixels.bytes.data() + pixels.bytes.size()) == "abcd");
  CHECK(pixels.width == 2);
  CHECK(pixels.row_order == RowOrder::kBottomUp);
}

TEST_CASE("a tensor needs three sizes and four bytes per element", "[server][convert]") {
  REQUIRE_OK(FromProto("input", MakeTensor({3, 2, 2}, 48)));
  CHECK_STATUS(FromProto("input", MakeTensor({3, 2}, 24)), absl::StatusCode::kInvalidArgument,
               "input.tensor.shape: has 2 sizes");
  CHECK_STATUS(FromProto("input", MakeTensor({3, 0, 2}, 0)), absl::StatusCode::kInvalidArgument,
               "input.tensor.shape[1]: ");
  CHECK_STATUS(FromProto("input", MakeTensor({3, 2, 2}, 47)), absl::StatusCode::kInvalidArgument,
               "input.tensor.data: is 47 bytes long; the shape needs 48");
}

TEST_CASE("sizes whose product overflows are refused, not multiplied", "[server][convert]") {
  // 2^31 * 2^31 * 4 * 2^... would wrap around to 0.
  CHECK_STATUS(FromProto("input", MakeTensor({1U << 31, 1U << 31, 1}, 0)),
               absl::StatusCode::kInvalidArgument, "input.tensor.shape[0]: ");
}

TEST_CASE("a digest is 64 hexadecimal digits", "[server][convert]") {
  v1::Input input;
  input.set_input_digest(std::string(64, 'a'));
  const auto named = FromProto("input", std::move(input));
  REQUIRE_OK(named);
  CHECK(std::get<InputByDigest>(*named).digest == std::string(64, 'a'));
  for (const std::string& wrong : {std::string(63, 'a'), std::string(64, 'A'), std::string("x")}) {
    v1::Input bad;
    bad.set_input_digest(wrong);
    CHECK_STATUS(FromProto("input", std::move(bad)), absl::StatusCode::kInvalidArgument,
                 "input.input_digest: must be");
  }
}

TEST_CASE("references need an id of sane length", "[server][convert]") {
  v1::Input input;
  input.mutable_dataset_image();
  CHECK_STATUS(FromProto("input", std::move(input)), absl::StatusCode::kInvalidArgument,
               "input.dataset_image.dataset: is empty");
  v1::Input noise;
  noise.mutable_noise()->set_generator(std::string(65, 'g'));
  CHECK_STATUS(FromProto("input", std::move(noise)), absl::StatusCode::kInvalidArgument,
               "input.noise.generator: ");
  v1::Input image;
  image.set_encoded_image("");
  CHECK_STATUS(FromProto("input", std::move(image)), absl::StatusCode::kInvalidArgument,
               "input.encoded_image: is empty");
}

}  // namespace
}  // namespace deepvision
