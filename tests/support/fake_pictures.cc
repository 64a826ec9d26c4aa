#include "tests/support/fake_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/digest.h"
#include "tests/support/fake_network.h"

namespace deepvision {
namespace {

// RGB8, rows top down.
struct Canvas {
  Canvas(int width, int height)
      : width(width), height(height), rgb(static_cast<size_t>(width) * height * 3, 128) {}
  uint8_t* At(int x, int y) { return rgb.data() + (static_cast<size_t>(y) * width + x) * 3; }
  int width;
  int height;
  std::vector<uint8_t> rgb;
};

void Draw(const FakeTile& tile, int side, int left, int top, Canvas& canvas) {
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      uint8_t* const pixel = canvas.At(left + x, top + y);
      pixel[0] = static_cast<uint8_t>(tile.unit * 40 + x * 256 / side);
      pixel[1] = static_cast<uint8_t>(tile.step * 8 + y * 256 / side);
      pixel[2] = static_cast<uint8_t>(tile.image * 64);
    }
  }
}

std::vector<uint8_t> AsFloats(Canvas& canvas) {
  std::vector<float> values;
  for (int channel = 0; channel < 3; ++channel) {
    for (size_t i = 0; i < canvas.rgb.size() / 3; ++i) {
      values.push_back(static_cast<float>(canvas.rgb[3 * i + static_cast<size_t>(channel)]) / 255);
    }
  }
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<uint8_t> WithAlpha(const Canvas& canvas) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < canvas.rgb.size(); i += 3) {
    bytes.insert(bytes.end(), {canvas.rgb[i], canvas.rgb[i + 1], canvas.rgb[i + 2], 255});
  }
  return bytes;
}

EncodedImageData Encode(Canvas canvas, int full_side, const VisualizationView& view) {
  if (view.row_order == RowOrder::kBottomUp) {
    for (int y = 0; y < canvas.height / 2; ++y) {
      std::swap_ranges(canvas.At(0, y), canvas.At(0, y) + canvas.width * 3,
                       canvas.At(0, canvas.height - 1 - y));
    }
  }
  std::vector<uint8_t> bytes;
  switch (view.encoding) {
    case PictureEncoding::kPng:
    case PictureEncoding::kJpeg:
      bytes = EncodeRgbPng(canvas.rgb.data(), canvas.width, canvas.height);
      break;
    case PictureEncoding::kRgb8:
      bytes = canvas.rgb;
      break;
    case PictureEncoding::kRgba8:
      bytes = WithAlpha(canvas);
      break;
    case PictureEncoding::kFloat32:
      bytes = AsFloats(canvas);
      break;
  }
  EncodedImageData data;
  data.width = canvas.width;
  data.height = canvas.height;
  data.full_width = data.full_height = full_side;
  data.crc32 = Crc32(bytes.data(), bytes.size());
  data.bytes = HostBuffer(std::move(bytes));
  return data;
}

int SideOf(int side, const VisualizationView& view) {
  return view.max_side == 0 ? side : std::min(side, view.max_side);
}

}  // namespace

EncodedImageData DrawFakeImage(int unit, int image, int step, int side,
                               const VisualizationView& view) {
  const int sent = SideOf(side, view);
  Canvas canvas(sent, sent);
  Draw({unit, image, step}, sent, 0, 0, canvas);
  return Encode(std::move(canvas), side, view);
}

VisualizationPicture DrawFakeSheet(const std::vector<FakeTile>& tiles, int side,
                                   const VisualizationView& view) {
  const int sent = SideOf(side, view);
  const int count = static_cast<int>(tiles.size());
  SheetGeometry sheet;
  sheet.sheet_count = 1;
  sheet.columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))));
  sheet.rows = (count + sheet.columns - 1) / sheet.columns;
  sheet.tile_width = sheet.tile_height = sent;
  sheet.gutter = view.gutter;
  sheet.sheet_width = sheet.columns * sent + (sheet.columns - 1) * view.gutter;
  sheet.sheet_height = sheet.rows * sent + (sheet.rows - 1) * view.gutter;
  Canvas canvas(sheet.sheet_width, sheet.sheet_height);
  VisualizationPicture picture;
  for (int i = 0; i < count; ++i) {
    const FakeTile& tile = tiles[static_cast<size_t>(i)];
    picture.step = std::max(picture.step, tile.step);
    if (tile.step < 0) continue;
    Draw(tile, sent, i % sheet.columns * (sent + view.gutter),
         i / sheet.columns * (sent + view.gutter), canvas);
  }
  picture.geometry = sheet;
  picture.data = Encode(std::move(canvas), side, view);
  return picture;
}

}  // namespace deepvision
