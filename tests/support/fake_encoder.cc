// EncodeFakeLayer: a second, simple implementation of the encodings, so that
// clients see every form of a layer.
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/base/digest.h"
#include "tests/support/fake_network.h"

namespace deepvision {
namespace {

std::vector<uint8_t> EncodePng(const uint8_t* pixels, int width, int height, uint32_t format) {
  png_image image;
  std::memset(&image, 0, sizeof(image));
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<uint8_t> bytes(size);
  png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, nullptr);
  bytes.resize(size);
  return bytes;
}

struct Planes {
  int channels = 1;
  int height = 1;
  int width = 1;
  std::vector<float> values;
  size_t plane() const { return static_cast<size_t>(height) * width; }
};

// The selected channels, rows in the order that is asked for.
Planes Select(const TopologyNode& node, const std::vector<float>& values,
              const EncodingOptions& options) {
  Planes out;
  const int all = static_cast<int>(node.shape[0]);
  if (node.shape.size() == 3) {
    out.height = static_cast<int>(node.shape[1]);
    out.width = static_cast<int>(node.shape[2]);
  }
  std::vector<int> channels = options.channels;
  if (channels.empty()) {
    channels.resize(all);
    std::iota(channels.begin(), channels.end(), 0);
  }
  out.channels = static_cast<int>(channels.size());
  const bool flip =
      options.row_order == RowOrder::kBottomUp && options.layout == ActivationLayout::kChannels;
  for (int c : channels) {
    for (int y = 0; y < out.height; ++y) {
      const int row = flip ? out.height - 1 - y : y;
      const float* begin = values.data() + c * out.plane() + static_cast<size_t>(row) * out.width;
      out.values.insert(out.values.end(), begin, begin + out.width);
    }
  }
  return out;
}

std::vector<uint8_t> Bytes(const std::vector<float>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// For finite values of ordinary size, which is all that the formula makes.
uint16_t ToHalf(float value) {
  int exponent = 0;
  const float fraction = std::frexp(std::fabs(value), &exponent);  // [0.5, 1)
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (value == 0 || exponent < -23) return sign;
  if (exponent < -13) {
    return sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(fraction, exponent + 24)));
  }
  const auto mantissa = static_cast<uint16_t>(std::nearbyint(std::ldexp(fraction, 11)));
  return static_cast<uint16_t>(sign | (((exponent + 13) << 10) + mantissa));
}

std::vector<uint8_t> HalfBytes(const std::vector<float>& values) {
  std::vector<uint8_t> bytes(values.size() * 2);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t half = ToHalf(values[i]);
    std::memcpy(bytes.data() + 2 * i, &half, 2);
  }
  return bytes;
}

Quantization ChooseRange(const Planes& planes, const EncodingOptions& options) {
  Quantization q;
  q.range = options.range;
  const size_t entries = options.range == ValueRange::kChannel ? planes.channels : 1;
  const size_t count = planes.values.size() / entries;
  for (size_t i = 0; i < entries; ++i) {
    const auto begin = planes.values.begin() + static_cast<int64_t>(i * count);
    auto [low, high] = std::minmax_element(begin, begin + static_cast<int64_t>(count));
    float minimum = *low;
    float maximum = *high;
    const float largest = std::max(std::fabs(minimum), std::fabs(maximum));
    if (options.range == ValueRange::kSymmetric)
      std::tie(minimum, maximum) = std::pair(-largest, largest);
    if (options.range == ValueRange::kFixed) {
      minimum = options.fixed_range.minimum;
      maximum = options.fixed_range.maximum;
    }
    const float scale = (maximum - minimum + 1e-6F) / 255;
    q.minimum.push_back(minimum);
    q.maximum.push_back(maximum);
    q.scale.push_back(scale);
    q.zero_code.push_back(static_cast<uint32_t>(std::clamp(-minimum / scale, 0.0F, 255.0F)));
  }
  return q;
}

std::vector<uint8_t> Quantize(const Planes& planes, const Quantization& q) {
  std::vector<uint8_t> codes(planes.values.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    const size_t entry = q.minimum.size() == 1 ? 0 : i / planes.plane();
    const float code = (planes.values[i] - q.minimum[entry]) / q.scale[entry];
    codes[i] = static_cast<uint8_t>(std::clamp(code, 0.0F, 255.0F));
  }
  return codes;
}

// Tiles row by row on sheets of one size.
SheetGeometry PlanSheets(const Planes& planes, const EncodingOptions& options) {
  SheetGeometry sheet;
  sheet.gutter = options.gutter;
  sheet.tile_width = planes.width;
  sheet.tile_height = planes.height;
  const int most_columns =
      std::max(1, (options.max_sheet_side + options.gutter) / (planes.width + options.gutter));
  const int most_rows =
      std::max(1, (options.max_sheet_side + options.gutter) / (planes.height + options.gutter));
  const int square = static_cast<int>(std::ceil(std::sqrt(planes.channels)));
  sheet.columns = std::min(most_columns, square);
  sheet.rows = std::min(most_rows, (planes.channels + sheet.columns - 1) / sheet.columns);
  const int tiles = sheet.columns * sheet.rows;
  sheet.sheet_count = (planes.channels + tiles - 1) / tiles;
  sheet.sheet_width = sheet.columns * (planes.width + options.gutter) - options.gutter;
  sheet.sheet_height = sheet.rows * (planes.height + options.gutter) - options.gutter;
  return sheet;
}

std::vector<uint8_t> DrawSheets(const Planes& planes, const std::vector<uint8_t>& codes,
                                const SheetGeometry& sheet, uint8_t zero, bool flip) {
  const size_t sheet_bytes = static_cast<size_t>(sheet.sheet_width) * sheet.sheet_height;
  std::vector<uint8_t> out(sheet_bytes * sheet.sheet_count, zero);
  const int tiles = sheet.columns * sheet.rows;
  for (int c = 0; c < planes.channels; ++c) {
    const int left = (c % tiles) % sheet.columns * (sheet.tile_width + sheet.gutter);
    const int top = (c % tiles) / sheet.columns * (sheet.tile_height + sheet.gutter);
    for (int y = 0; y < planes.height; ++y) {
      const int row = flip ? sheet.sheet_height - 1 - (top + y) : top + y;
      std::memcpy(out.data() + sheet_bytes * (c / tiles) +
                      static_cast<size_t>(row) * sheet.sheet_width + left,
                  codes.data() + c * planes.plane() + static_cast<size_t>(y) * planes.width,
                  planes.width);
    }
  }
  return out;
}

// `count` gray pictures one after the other, with their lengths.
std::vector<uint8_t> ToPngs(const std::vector<uint8_t>& codes, int width, int height,
                            std::vector<uint64_t>* part_bytes) {
  std::vector<uint8_t> out;
  const size_t size = static_cast<size_t>(width) * height;
  for (size_t offset = 0; offset < codes.size(); offset += size) {
    const std::vector<uint8_t> png = EncodeGrayPng(codes.data() + offset, width, height);
    part_bytes->push_back(png.size());
    out.insert(out.end(), png.begin(), png.end());
  }
  return out;
}

ChannelStatistics StatisticsOf(const float* values, size_t count) {
  ChannelStatistics s;
  const auto [low, high] = std::minmax_element(values, values + count);
  s.minimum = *low;
  s.maximum = *high;
  double sum = 0;
  double squares = 0;
  size_t positive = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += values[i];
    squares += double{values[i]} * values[i];
    positive += values[i] > 0 ? 1 : 0;
  }
  const double mean = sum / static_cast<double>(count);
  s.mean = static_cast<float>(mean);
  s.standard_deviation = static_cast<float>(
      std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean * mean)));
  s.positive_fraction = static_cast<float>(positive) / static_cast<float>(count);
  return s;
}

std::vector<uint8_t> EncodeCodes(const Planes& planes, const EncodingOptions& options,
                                 bool has_planes, EncodedLayer* layer) {
  layer->quantization = ChooseRange(planes, options);
  std::vector<uint8_t> codes = Quantize(planes, *layer->quantization);
  int width = has_planes ? planes.width : planes.channels;
  int height = planes.height;
  if (has_planes && options.layout == ActivationLayout::kAtlas) {
    layer->sheet = PlanSheets(planes, options);
    codes = DrawSheets(planes, codes, *layer->sheet,
                       static_cast<uint8_t>(layer->quantization->zero_code[0]),
                       options.row_order == RowOrder::kBottomUp);
    width = layer->sheet->sheet_width;
    height = layer->sheet->sheet_height;
  }
  if (options.encoding == ActivationEncoding::kUint8) return codes;
  return ToPngs(codes, width, height, &layer->part_bytes);
}

}  // namespace

std::vector<uint8_t> EncodeGrayPng(const uint8_t* pixels, int width, int height) {
  return EncodePng(pixels, width, height, PNG_FORMAT_GRAY);
}

std::vector<uint8_t> EncodeRgbPng(const uint8_t* pixels, int width, int height) {
  return EncodePng(pixels, width, height, PNG_FORMAT_RGB);
}

EncodedLayer EncodeFakeLayer(const TopologyNode& node, const std::vector<float>& values,
                             const EncodingOptions& options) {
  const Planes planes = Select(node, values, options);
  EncodedLayer layer;
  layer.kind = node.data_kind;
  layer.full_shape = node.shape;
  layer.shape = node.shape;
  layer.shape[0] = planes.channels;
  layer.encoding = options.encoding;
  layer.channels = options.channels;
  for (int c = 0; options.statistics && c < planes.channels; ++c) {
    layer.statistics.push_back(
        StatisticsOf(planes.values.data() + c * planes.plane(), planes.plane()));
  }
  std::vector<uint8_t> bytes;
  if (options.encoding == ActivationEncoding::kFloat32) {
    bytes = Bytes(planes.values);
  } else if (options.encoding == ActivationEncoding::kFloat16) {
    bytes = HalfBytes(planes.values);
  } else {
    bytes = EncodeCodes(planes, options, node.shape.size() == 3, &layer);
  }
  layer.crc32 = Crc32(bytes.data(), bytes.size());
  layer.bytes = HostBuffer(std::move(bytes));
  return layer;
}

}  // namespace deepvision
