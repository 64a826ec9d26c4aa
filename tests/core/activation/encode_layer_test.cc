#include "core/activation/encode_layer.h"

#include <ATen/Parallel.h>
#include <ATen/ops/quantize_per_tensor.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "core/activation/plan_layer.h"
#include "core/base/digest.h"
#include "tests/core/activation/references.h"
#include "tests/core/activation/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

EncodingOptions Options(ActivationEncoding encoding, ValueRange range = ValueRange::kLayer) {
  EncodingOptions options;
  options.encoding = encoding;
  options.range = range;
  return options;
}

const EncodingOptions kUint8 = Options(ActivationEncoding::kUint8);

EncodedLayer Encode(const at::Tensor& value, DataKind kind, const EncodingOptions& options) {
  auto layer = EncodeLayer(value, kind, options);
  REQUIRE_OK(layer);
  CHECK(layer->crc32 == Crc32(layer->bytes.data(), layer->bytes.size()));
  const auto size = PlanLayer(layer->full_shape, kind, options);
  if (size->byte_count.has_value()) CHECK(*size->byte_count == layer->bytes.size());
  return *std::move(layer);
}

// [1, 3, 11, 13], with NumPy's codes beside it.
at::Tensor NormalMaps() {
  return TensorOf(Reference<float>("codes.normal.values"), {1, 3, 11, 13});
}

std::vector<float> Iota(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  return values;
}

TEST_CASE("FLOAT32 of a contiguous tensor is the tensor's own memory, kept alive",
          "[activation][encode]") {
  at::Tensor value = NormalMaps();
  const void* const memory = value.const_data_ptr();
  const EncodedLayer layer = Encode(value, DataKind::kFeatureMap, {});
  CHECK(layer.bytes.data() == memory);
  CHECK(value.storage().use_count() > 1);
  value.reset();
  CHECK(NumbersIn<float>(layer.bytes) == Reference<float>("codes.normal.values"));
  CHECK(layer.shape == Shape{3, 11, 13});
  CHECK(layer.full_shape == Shape{3, 11, 13});
  CHECK(!layer.quantization.has_value());
}

TEST_CASE("a channels-last tensor is read in the order of its dimensions", "[activation][encode]") {
  const at::Tensor value = NormalMaps().contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(NumbersIn<float>(Encode(value, DataKind::kFeatureMap, {}).bytes) ==
        Reference<float>("codes.normal.values"));
  CHECK(NumbersIn<uint8_t>(Encode(value, DataKind::kFeatureMap, kUint8).bytes) ==
        Reference<uint8_t>("codes.normal.layer"));
}

TEST_CASE("number types of every kind become float32", "[activation][encode]") {
  const std::vector<float> values{0, 1, 2, 3, 1, 0};
  const at::Tensor value = TensorOf(values, {1, 6});
  for (const auto type : {at::kDouble, at::kHalf, at::kBFloat16, at::kLong, at::kByte}) {
    CHECK(NumbersIn<float>(Encode(value.to(type), DataKind::kVector, {}).bytes) == values);
  }
  CHECK(NumbersIn<float>(Encode(value.to(at::kBool), DataKind::kVector, {}).bytes) ==
        std::vector<float>{0, 1, 1, 1, 1, 0});
  const at::Tensor quantized = at::quantize_per_tensor(value, 1.0, 10, at::kQUInt8);
  CHECK(NumbersIn<float>(Encode(quantized, DataKind::kVector, {}).bytes) == values);
}

TEST_CASE("complex numbers are refused", "[activation][encode]") {
  const at::Tensor value = TensorOf<float>({1, 2}, {1, 2}).to(at::kComplexFloat);
  CHECK_STATUS(EncodeLayer(value, DataKind::kVector, {}), absl::StatusCode::kFailedPrecondition,
               "complex");
}

TEST_CASE("a value that needs a gradient is encoded", "[activation][encode]") {
  at::Tensor value = NormalMaps().requires_grad_();
  Encode(value.mul(2), DataKind::kFeatureMap, kUint8);
  Encode(value.mul(2), DataKind::kFeatureMap, {});
}

TEST_CASE("UINT8 codes, range, scale and zero code are NumPy's", "[activation][encode]") {
  const EncodedLayer layer = Encode(NormalMaps(), DataKind::kFeatureMap, kUint8);
  const auto values = Reference<float>("codes.normal.values");
  CHECK(NumbersIn<uint8_t>(layer.bytes) == Reference<uint8_t>("codes.normal.layer"));
  REQUIRE(layer.quantization.has_value());
  const float low = *std::min_element(values.begin(), values.end());
  const float high = *std::max_element(values.begin(), values.end());
  CHECK(layer.quantization->minimum == std::vector<float>{low});
  CHECK(layer.quantization->maximum == std::vector<float>{high});
  CHECK(layer.quantization->scale[0] == Approx((high - low + 1e-6f) / 255));
  CHECK(layer.quantization->zero_code[0] ==
        static_cast<uint32_t>(255 * (0 - low) / (high - low + 1e-6f)));
}

TEST_CASE("a range per channel makes each channel's own codes", "[activation][encode]") {
  const auto expected = Reference<uint8_t>("codes.normal.channel");
  const EncodingOptions options = Options(ActivationEncoding::kUint8, ValueRange::kChannel);
  const EncodedLayer maps = Encode(NormalMaps(), DataKind::kFeatureMap, options);
  CHECK(NumbersIn<uint8_t>(maps.bytes) == expected);
  CHECK(maps.quantization->scale.size() == 3);

  // The same numbers as 143 tokens of three features.
  const at::Tensor tokens = NormalMaps().view({3, 143}).t().unsqueeze(0);
  const EncodedLayer layer = Encode(tokens, DataKind::kTokens, options);
  const at::Tensor codes = TensorOf(expected, {3, 143}).t().contiguous();
  CHECK(codes.equal(TensorOf(NumbersIn<uint8_t>(layer.bytes), {143, 3})));
}

TEST_CASE("selected channels come in the order that was asked for", "[activation][encode]") {
  EncodingOptions options;
  options.channels = {2, 0};
  const EncodedLayer maps =
      Encode(TensorOf(Iota(12), {1, 3, 2, 2}), DataKind::kFeatureMap, options);
  CHECK(NumbersIn<float>(maps.bytes) == std::vector<float>{8, 9, 10, 11, 0, 1, 2, 3});
  CHECK(maps.channels == std::vector<int>{2, 0});
  CHECK(maps.full_shape == Shape{3, 2, 2});
  const EncodedLayer tokens = Encode(TensorOf(Iota(6), {1, 2, 3}), DataKind::kTokens, options);
  CHECK(NumbersIn<float>(tokens.bytes) == std::vector<float>{2, 0, 5, 3});
  options.channels = {3};
  CHECK_STATUS(EncodeLayer(TensorOf(Iota(3), {1, 3}), DataKind::kVector, options),
               absl::StatusCode::kOutOfRange, "channels: 3");
}

TEST_CASE("the range is that of the selected channels", "[activation][encode]") {
  EncodingOptions options = kUint8;
  options.channels = {1};
  const EncodedLayer layer =
      Encode(TensorOf<float>({-9, 1, 5, 90}, {1, 4}), DataKind::kVector, options);
  CHECK(layer.quantization->maximum == std::vector<float>{1});
}

TEST_CASE("FLOAT16 is rounded to nearest even as NumPy does", "[activation][encode]") {
  const auto values = Reference<float>("half.values");
  const EncodedLayer layer = Encode(TensorOf(values, {1, static_cast<int64_t>(values.size())}),
                                    DataKind::kVector, Options(ActivationEncoding::kFloat16));
  CHECK(NumbersIn<uint16_t>(layer.bytes) == Reference<uint16_t>("half.bits"));
  CHECK(layer.infinite_count == 2);
}

TEST_CASE("rows go bottom up in every encoding that is no picture", "[activation][encode]") {
  EncodingOptions options;
  options.row_order = RowOrder::kBottomUp;
  const at::Tensor value = TensorOf(Iota(12), {1, 2, 3, 2});
  const std::vector<float> flipped{4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7};
  CHECK(NumbersIn<float>(Encode(value, DataKind::kFeatureMap, options).bytes) == flipped);
  options = Options(ActivationEncoding::kUint8, ValueRange::kFixed);
  options.fixed_range = {0, 255};
  options.row_order = RowOrder::kBottomUp;
  CHECK(NumbersIn<uint8_t>(Encode(value.add(0.5), DataKind::kFeatureMap, options).bytes) ==
        std::vector<uint8_t>(flipped.begin(), flipped.end()));
}

// The sheets pixel by pixel, from NumPy's codes.
std::vector<uint8_t> SheetsByHand(const std::vector<uint8_t>& codes, const SheetGeometry& sheets,
                                  const Shape& shape, uint8_t background, bool bottom_up) {
  std::vector<uint8_t> bytes(
      static_cast<size_t>(sheets.sheet_count) * sheets.sheet_width * sheets.sheet_height,
      background);
  const int per_sheet = sheets.columns * sheets.rows;
  for (int64_t i = 0; i < shape[0] * shape[1] * shape[2]; ++i) {
    const int map = static_cast<int>(i / (shape[1] * shape[2]));
    const int64_t column = map % per_sheet % sheets.columns, row = map % per_sheet / sheets.columns;
    const int64_t x = column * (shape[2] + sheets.gutter) + i % shape[2];
    const int64_t y = row * (shape[1] + sheets.gutter) + i / shape[2] % shape[1];
    const int64_t line = bottom_up ? sheets.sheet_height - 1 - y : y;
    bytes[static_cast<size_t>((map / per_sheet * sheets.sheet_height + line) * sheets.sheet_width +
                              x)] = codes[static_cast<size_t>(i)];
  }
  return bytes;
}

TEST_CASE("atlas sheets hold each map's codes in its tile, and the zero code between",
          "[activation][encode]") {
  EncodingOptions options = kUint8;
  options.layout = ActivationLayout::kAtlas;
  options.gutter = GENERATE(0, 3);
  options.max_sheet_side = 64;
  options.row_order = GENERATE(RowOrder::kTopDown, RowOrder::kBottomUp);
  const Shape shape{40, 11, 13};
  const at::Tensor value = at::randn({1, 40, 11, 13});
  const EncodedLayer plain = Encode(value, DataKind::kFeatureMap, kUint8);
  const EncodedLayer layer = Encode(value, DataKind::kFeatureMap, options);
  REQUIRE(layer.sheet.has_value());
  CHECK(layer.sheet->sheet_count > 1);
  CHECK(NumbersIn<uint8_t>(layer.bytes) ==
        SheetsByHand(NumbersIn<uint8_t>(plain.bytes), *layer.sheet, shape,
                     static_cast<uint8_t>(layer.quantization->zero_code[0]),
                     options.row_order == RowOrder::kBottomUp));
}

TEST_CASE("an atlas with a range per channel has code 0 between the tiles",
          "[activation][encode]") {
  EncodingOptions options = Options(ActivationEncoding::kUint8, ValueRange::kChannel);
  const EncodedLayer plain = Encode(NormalMaps(), DataKind::kFeatureMap, options);
  options.layout = ActivationLayout::kAtlas;
  options.gutter = 1;
  const EncodedLayer layer = Encode(NormalMaps(), DataKind::kFeatureMap, options);
  CHECK(NumbersIn<uint8_t>(layer.bytes) ==
        SheetsByHand(NumbersIn<uint8_t>(plain.bytes), *layer.sheet, {3, 11, 13}, 0, false));
}

TEST_CASE("max_side averages before quantising, and statistics are taken before",
          "[activation][encode]") {
  const auto values = Reference<float>("areas.fractional.values");
  const auto reduced = Reference<float>("areas.fractional.reduced");
  EncodingOptions options;
  options.max_side = 4;
  options.statistics = true;
  const EncodedLayer layer =
      Encode(TensorOf(values, {1, 2, 7, 10}), DataKind::kFeatureMap, options);
  CHECK(layer.shape == Shape{2, 3, 4});
  CHECK(layer.full_shape == Shape{2, 7, 10});
  const auto sent = NumbersIn<float>(layer.bytes);
  for (size_t i = 0; i < reduced.size(); ++i) CHECK(sent[i] == Approx(reduced[i]).margin(1e-6));
  REQUIRE(layer.statistics.size() == 2);
  CHECK(layer.statistics[1].maximum == *std::max_element(values.begin() + 70, values.end()));
  options.encoding = ActivationEncoding::kUint8;
  CHECK(Encode(TensorOf(values, {1, 2, 7, 10}), DataKind::kFeatureMap, options)
            .quantization->maximum[0] == *std::max_element(sent.begin(), sent.end()));
}

TEST_CASE("statistics are per channel of each kind, for the channels sent",
          "[activation][encode]") {
  EncodingOptions options;
  options.statistics = true;
  const at::Tensor value = TensorOf(Iota(12), {1, 3, 2, 2});
  CHECK(Encode(value, DataKind::kFeatureMap, options).statistics[1].mean == 5.5f);
  CHECK(Encode(TensorOf(Iota(6), {1, 2, 3}), DataKind::kTokens, options).statistics[2].mean ==
        3.5f);
  CHECK(Encode(TensorOf(Iota(4), {1, 4}), DataKind::kVector, options).statistics[3].mean == 3);
  CHECK(Encode(value.view({1, 3, 4, 1, 1}), DataKind::kOther, options).statistics.size() == 3);
  options.channels = {2};
  const EncodedLayer one = Encode(value, DataKind::kFeatureMap, options);
  REQUIRE(one.statistics.size() == 1);
  CHECK(one.statistics[0].mean == 9.5f);
}

TEST_CASE("NaN and infinities are counted in every encoding", "[activation][encode]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const at::Tensor value =
      TensorOf<float>({1, std::numeric_limits<float>::quiet_NaN(), infinity, -infinity}, {1, 4});
  for (const auto encoding : {ActivationEncoding::kFloat32, ActivationEncoding::kFloat16,
                              ActivationEncoding::kUint8, ActivationEncoding::kPng}) {
    const EncodedLayer layer = Encode(value, DataKind::kVector, Options(encoding));
    CHECK(layer.nan_count == 1);
    CHECK(layer.infinite_count == 2);
  }
}

cv::Mat Decode(const HostBuffer& buffer, uint64_t offset, uint64_t size) {
  const std::vector<uint8_t> bytes(buffer.data() + offset, buffer.data() + offset + size);
  return cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
}

TEST_CASE("PNG pictures decode to the codes, one per map", "[activation][encode]") {
  const auto codes = Reference<uint8_t>("codes.normal.layer");
  const EncodedLayer layer =
      Encode(NormalMaps(), DataKind::kFeatureMap, Options(ActivationEncoding::kPng));
  REQUIRE(layer.part_bytes.size() == 3);
  uint64_t offset = 0;
  for (size_t map = 0; map < 3; ++map) {
    const cv::Mat picture = Decode(layer.bytes, offset, layer.part_bytes[map]);
    REQUIRE(picture.type() == CV_8UC1);
    REQUIRE(picture.size() == cv::Size(13, 11));
    CHECK(std::equal(picture.begin<uint8_t>(), picture.end<uint8_t>(), codes.begin() + map * 143));
    offset += layer.part_bytes[map];
  }
  CHECK(offset == layer.bytes.size());
}

TEST_CASE("a vector, tokens and an atlas make one picture each", "[activation][encode]") {
  EncodingOptions options = Options(ActivationEncoding::kPng);
  const auto size_of = [&](const at::Tensor& value, DataKind kind) {
    const EncodedLayer layer = Encode(value, kind, options);
    CHECK(layer.part_bytes.size() == 1);
    return Decode(layer.bytes, 0, layer.bytes.size()).size();
  };
  CHECK(size_of(TensorOf(Iota(6), {1, 6}), DataKind::kVector) == cv::Size(6, 1));
  CHECK(size_of(TensorOf(Iota(6), {1, 2, 3}), DataKind::kTokens) == cv::Size(3, 2));
  options.layout = ActivationLayout::kAtlas;
  CHECK(size_of(TensorOf(Iota(16), {1, 4, 2, 2}), DataKind::kFeatureMap) == cv::Size(4, 4));
}

// Sets the number of threads until it goes.
class Threads {
 public:
  explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  const int before_;
};

void CheckSameWithThreads(const at::Tensor& value, const EncodingOptions& options) {
  const auto encode = [&](int threads) {
    const Threads set(threads);
    return Encode(value, DataKind::kFeatureMap, options);
  };
  const EncodedLayer one = encode(1);
  for (const int threads : {2, 5}) {
    const EncodedLayer many = encode(threads);
    CHECK(NumbersIn<uint8_t>(many.bytes) == NumbersIn<uint8_t>(one.bytes));
    CHECK(many.crc32 == one.crc32);
    CHECK(many.nan_count == one.nan_count);
    CHECK(many.infinite_count == one.infinite_count);
    REQUIRE(many.statistics.size() == one.statistics.size());
    for (size_t i = 0; i < one.statistics.size(); ++i) {
      CHECK(many.statistics[i].mean == one.statistics[i].mean);
      CHECK(many.statistics[i].maximum == one.statistics[i].maximum);
    }
  }
}

TEST_CASE("several threads make what one makes", "[activation][encode]") {
  at::Tensor value = at::randn({1, 37, 61, 53});
  value.view(-1)[70'000] = std::numeric_limits<float>::quiet_NaN();
  value.view(-1)[119'000] = -std::numeric_limits<float>::infinity();
  for (const auto encoding : {ActivationEncoding::kUint8, ActivationEncoding::kFloat32}) {
    for (const auto range : {ValueRange::kLayer, ValueRange::kChannel}) {
      for (const auto order : {RowOrder::kTopDown, RowOrder::kBottomUp}) {
        EncodingOptions options = Options(encoding, range);
        options.row_order = order;
        options.statistics = true;
        CheckSameWithThreads(value, options);
        if (encoding != ActivationEncoding::kUint8) continue;
        options.layout = ActivationLayout::kAtlas;
        options.gutter = 1;
        options.max_sheet_side = 256;
        CheckSameWithThreads(value, options);
      }
    }
  }
}

TEST_CASE("empty values and scalars are encoded", "[activation][encode]") {
  EncodingOptions options = kUint8;
  options.statistics = true;
  const EncodedLayer empty = Encode(TensorOf<float>({}, {0, 4}), DataKind::kOther, options);
  CHECK(empty.shape == Shape{0, 4});
  CHECK(empty.bytes.empty());
  const EncodedLayer scalar = Encode(TensorOf<float>({3}, {1}), DataKind::kOther, options);
  CHECK(scalar.shape.empty());
  CHECK(NumbersIn<uint8_t>(scalar.bytes) == std::vector<uint8_t>{254});
  options.layout = ActivationLayout::kAtlas;
  CHECK(Encode(TensorOf<float>({}, {1, 0, 4, 4}), DataKind::kFeatureMap, options).bytes.empty());
}

TEST_CASE("a value of kind OTHER without batch dimension keeps its shape", "[activation][encode]") {
  CHECK(Encode(TensorOf(Iota(6), {3, 2}), DataKind::kOther, {}).shape == Shape{3, 2});
  CHECK_STATUS(EncodeLayer(TensorOf(Iota(6), {3, 2}), DataKind::kVector, {}),
               absl::StatusCode::kInternal, "[3, 2]");
}

}  // namespace
}  // namespace deepvision
