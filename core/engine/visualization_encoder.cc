#include "core/engine/visualization_encoder.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/activation/atlas.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/engine/small_picture.h"
#include "core/image/bitmap.h"
#include "core/image/encode.h"

namespace deepvision {
namespace {

constexpr uint8_t kMidGrey = 128;

bool HasAlpha(const VisualizationView& view) {
  return view.encoding == PictureEncoding::kRgba8 ||
         (view.encoding == PictureEncoding::kPng && view.transparency);
}

// The picture in 8 bits, with its transparency as alpha where the view has one.
Bitmap BitmapOf(const RawPicture& picture, const VisualizationView& view) {
  const int channels = HasAlpha(view) ? 4 : 3;
  Bitmap bitmap = MakeBitmap(picture.width, picture.height, channels);
  const size_t plane = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height);
  const auto* const colors = reinterpret_cast<const float*>(picture.display.data());
  const auto* const opacity = reinterpret_cast<const float*>(picture.transparency.data());
  const bool opaque = picture.transparency.empty() || !view.transparency;
  uint8_t* pixel = bitmap.pixels.data();
  for (size_t i = 0; i < plane; ++i) {
    for (size_t c = 0; c < 3; ++c)
      *pixel++ = CodeOf(colors[picture.channels == 3 ? c * plane + i : i]);
    if (channels == 4) *pixel++ = opaque ? 255 : CodeOf(opacity[i]);
  }
  return bitmap;
}

HostBuffer RowsOf(Bitmap bitmap, RowOrder order) {
  if (order == RowOrder::kTopDown) return HostBuffer(std::move(bitmap.pixels));
  std::vector<uint8_t> rows;
  rows.reserve(bitmap.pixels.size());
  const size_t row_bytes = bitmap.View().RowBytes();
  for (int y = bitmap.height - 1; y >= 0; --y) {
    rows.insert(rows.end(), bitmap.Row(y), bitmap.Row(y) + row_bytes);
  }
  return HostBuffer(std::move(rows));
}

absl::StatusOr<HostBuffer> BytesOf(Bitmap bitmap, const VisualizationView& view) {
  switch (view.encoding) {
    case PictureEncoding::kPng:
      return EncodePng(bitmap.View());
    case PictureEncoding::kJpeg:
      return EncodeJpeg(bitmap.View());
    default:
      return RowsOf(std::move(bitmap), view.row_order);
  }
}

absl::StatusOr<EncodedImageData> EncodeBitmap(Bitmap bitmap, const VisualizationView& view) {
  EncodedImageData data;
  data.width = data.full_width = bitmap.width;
  data.height = data.full_height = bitmap.height;
  data.channels = bitmap.channels;
  DV_ASSIGN_OR_RETURN(data.bytes, BytesOf(std::move(bitmap), view));
  data.crc32 = Crc32(data.bytes.data(), data.bytes.size());
  return data;
}

// Planes with their rows in the order of the view.
HostBuffer PlanesOf(const HostBuffer& planes, int channels, int height, RowOrder order) {
  if (order == RowOrder::kTopDown) return planes;
  const size_t rows = static_cast<size_t>(channels) * static_cast<size_t>(height);
  const size_t row_bytes = planes.size() / rows, side = static_cast<size_t>(height);
  std::vector<uint8_t> turned(planes.size());
  for (size_t row = 0; row < rows; ++row) {
    const size_t from = row / side * side + (side - 1 - row % side);
    std::memcpy(turned.data() + row * row_bytes, planes.data() + from * row_bytes, row_bytes);
  }
  return HostBuffer(std::move(turned));
}

absl::StatusOr<EncodedImageData> EncodeFloats(const RawPicture& picture,
                                              const VisualizationView& view) {
  const bool values = view.space == PictureSpace::kNetwork;
  EncodedImageData data;
  data.width = picture.width;
  data.height = picture.height;
  data.channels = values ? picture.value_channels : picture.channels;
  const HostBuffer& planes = values ? picture.values : picture.display;
  if (planes.empty()) return absl::InternalError("the picture has no values");
  data.bytes = PlanesOf(planes, data.channels, picture.height, view.row_order);
  data.crc32 = Crc32(data.bytes.data(), data.bytes.size());
  return data;
}

// The size of a tile, or of a picture alone.
TileSize ReducedSize(int height, int width, int max_side) {
  const int longer = std::max(height, width);
  if (max_side <= 0 || longer <= max_side) return {width, height};
  const auto reduced = [&](int side) {
    return std::max<int64_t>(1, (int64_t{2} * side * max_side + longer) / (2 * int64_t{longer}));
  };
  return {reduced(width), reduced(height)};
}

class Sheets final : public VisualizationSheets {
 public:
  Sheets(SheetGeometry geometry, int tiles, int height, int width, const VisualizationView& view)
      : geometry_(geometry), view_(view), full_height_(height), full_width_(width) {
    const int channels = HasAlpha(view) ? 4 : 3;
    for (int i = 0; i < geometry_.sheet_count; ++i) {
      sheets_.push_back(MakeBitmap(geometry_.sheet_width, geometry_.sheet_height, channels));
    }
    const Bitmap grey = GreyTile(channels);
    for (int tile = 0; tile < tiles; ++tile) Draw(grey, PositionOfTile(geometry_, tile));
  }

  const SheetGeometry& geometry() const override { return geometry_; }

  absl::Status SetTile(int index, const RawPicture& picture) override {
    const int side = std::max(geometry_.tile_width, geometry_.tile_height);
    Draw(BitmapOf(ReducedPicture(picture, side), view_), PositionOfTile(geometry_, index));
    return absl::OkStatus();
  }

  absl::StatusOr<EncodedImageData> Encode(int sheet) override {
    DV_ASSIGN_OR_RETURN(EncodedImageData data,
                        EncodeBitmap(sheets_[static_cast<size_t>(sheet)], view_));
    data.full_width = full_width_;
    data.full_height = full_height_;
    return data;
  }

 private:
  Bitmap GreyTile(int channels) const {
    Bitmap grey = MakeBitmap(geometry_.tile_width, geometry_.tile_height, channels);
    for (size_t i = 0; i < grey.pixels.size(); ++i) {
      grey.pixels[i] = channels == 4 && i % 4 == 3 ? 255 : kMidGrey;
    }
    return grey;
  }

  // Each pixel of the tile is the nearest one of the picture: pictures have the tile's
  // size, but for small snapshots and for results of other sizes.
  void Draw(const Bitmap& picture, const TilePosition& at) {
    Bitmap& sheet = sheets_[static_cast<size_t>(at.sheet)];
    const size_t pixel = static_cast<size_t>(picture.channels);
    for (int y = 0; y < geometry_.tile_height; ++y) {
      const uint8_t* const from =
          picture.View().Row(static_cast<int>(int64_t{y} * picture.height / geometry_.tile_height));
      uint8_t* to = sheet.Row(static_cast<int>(at.y) + y) + static_cast<size_t>(at.x) * pixel;
      for (int x = 0; x < geometry_.tile_width; ++x, to += pixel) {
        const int64_t column = int64_t{x} * picture.width / geometry_.tile_width;
        std::memcpy(to, from + static_cast<size_t>(column) * pixel, pixel);
      }
    }
  }

  const SheetGeometry geometry_;
  const VisualizationView view_;
  const int full_height_;
  const int full_width_;
  std::vector<Bitmap> sheets_;
};

class Encoder final : public VisualizationEncoder {
 public:
  absl::StatusOr<EncodedImageData> Encode(const RawPicture& picture,
                                          const VisualizationView& view) const override {
    const RawPicture reduced = ReducedPicture(picture, view.max_side);
    absl::StatusOr<EncodedImageData> data = view.encoding == PictureEncoding::kFloat32
                                                ? EncodeFloats(reduced, view)
                                                : EncodeBitmap(BitmapOf(reduced, view), view);
    if (!data.ok()) return data;
    data->full_width = picture.width;
    data->full_height = picture.height;
    return data;
  }

  absl::StatusOr<std::unique_ptr<VisualizationSheets>> MakeSheets(
      int tiles, int height, int width, const VisualizationView& view) const override {
    DV_ASSIGN_OR_RETURN(const SheetGeometry geometry,
                        LayOutSheets(tiles, ReducedSize(height, width, view.max_side),
                                     view.max_sheet_side, view.gutter));
    return std::make_unique<Sheets>(geometry, tiles, height, width, view);
  }
};

}  // namespace

std::shared_ptr<const VisualizationEncoder> MakeVisualizationEncoder() {
  return std::make_shared<Encoder>();
}

}  // namespace deepvision
