#include "core/engine/small_picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace deepvision {
namespace {

// Which part of a row of `from` values becomes the value `index` of `to`.
struct Span {
  int first = 0;
  std::vector<float> weights;  // their sum is 1
};

std::vector<Span> SpansOf(int from, int to) {
  const double length = static_cast<double>(from) / to;
  std::vector<Span> spans(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double begin = i * length, end = std::min<double>(from, (i + 1) * length);
    Span& span = spans[static_cast<size_t>(i)];
    span.first = static_cast<int>(begin);
    for (int x = span.first; x < from && x < end; ++x) {
      const double part = std::min<double>(x + 1, end) - std::max<double>(x, begin);
      span.weights.push_back(static_cast<float>(part / length));
    }
  }
  return spans;
}

float Average(const float* plane, int stride, const Span& rows, const Span& columns) {
  float sum = 0;
  for (size_t y = 0; y < rows.weights.size(); ++y) {
    const float* const row = plane + (static_cast<size_t>(rows.first) + y) * stride + columns.first;
    float row_sum = 0;
    for (size_t x = 0; x < columns.weights.size(); ++x) row_sum += columns.weights[x] * row[x];
    sum += rows.weights[y] * row_sum;
  }
  return sum;
}

int Reduced(int side, int longer, int max_side) {
  if (longer <= max_side) return side;
  return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * max_side / longer)));
}

const float* FloatsIn(const HostBuffer& buffer) {
  return reinterpret_cast<const float*>(buffer.data());
}

HostBuffer BufferOf(std::vector<float> values) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  return HostBuffer(owner->data(), owner->size() * sizeof(float), owner);
}

// Planes of `width` values a row; nothing stays nothing.
HostBuffer ReducedPlanes(const HostBuffer& planes, size_t plane_size, int width,
                         const std::vector<Span>& rows, const std::vector<Span>& columns) {
  std::vector<float> reduced;
  for (size_t at = 0; at + plane_size <= planes.size() / sizeof(float); at += plane_size) {
    for (const Span& row : rows) {
      for (const Span& column : columns) {
        reduced.push_back(Average(FloatsIn(planes) + at, width, row, column));
      }
    }
  }
  return reduced.empty() ? HostBuffer() : BufferOf(std::move(reduced));
}

}  // namespace

uint8_t CodeOf(float value) {
  return static_cast<uint8_t>(value > 0 ? std::lround(255 * std::min(value, 1.0F)) : 0);
}

RawPicture ReducedPicture(const RawPicture& picture, int max_side) {
  const int longer = std::max(picture.height, picture.width);
  if (max_side <= 0 || longer <= max_side) return picture;
  RawPicture reduced{picture.channels, Reduced(picture.height, longer, max_side),
                     Reduced(picture.width, longer, max_side)};
  const std::vector<Span> rows = SpansOf(picture.height, reduced.height);
  const std::vector<Span> columns = SpansOf(picture.width, reduced.width);
  const size_t plane = static_cast<size_t>(picture.height) * static_cast<size_t>(picture.width);
  const auto reduce = [&](const HostBuffer& planes) {
    return ReducedPlanes(planes, plane, picture.width, rows, columns);
  };
  reduced.display = reduce(picture.display);
  reduced.values = reduce(picture.values);
  reduced.transparency = reduce(picture.transparency);
  reduced.value_channels = picture.value_channels;
  return reduced;
}

RecordedSnapshot ReducedSnapshot(const RawPicture& picture, int max_side) {
  const RawPicture small =
      ReducedPicture({picture.channels, picture.height, picture.width, picture.display}, max_side);
  RecordedSnapshot snapshot;
  snapshot.channels = small.channels;
  snapshot.height = small.height;
  snapshot.width = small.width;
  const size_t channels = static_cast<size_t>(small.channels);
  const size_t plane = static_cast<size_t>(small.height) * static_cast<size_t>(small.width);
  std::vector<uint8_t> pixels(channels * plane);
  for (size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = CodeOf(FloatsIn(small.display)[i % channels * plane + i / channels]);
  }
  snapshot.pixels = HostBuffer(std::move(pixels));
  return snapshot;
}

RawPicture PictureOf(const RecordedSnapshot& snapshot) {
  const size_t channels = static_cast<size_t>(snapshot.channels);
  const size_t plane = snapshot.pixels.size() / channels;
  std::vector<float> values(snapshot.pixels.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i % channels * plane + i / channels] =
        static_cast<float>(snapshot.pixels.data()[i]) / 255;
  }
  return {snapshot.channels, snapshot.height, snapshot.width, BufferOf(std::move(values))};
}

}  // namespace deepvision
