#include "core/engine/visualization_encoder.h"

#include <vector>

#include "core/base/digest.h"
#include "core/image/decode.h"
#include "tests/support/catch.h"
#include "tests/support/fake_visualization.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

std::vector<int> BytesOf(const EncodedImageData& data) {
  return {data.bytes.data(), data.bytes.data() + data.bytes.size()};
}
std::vector<float> NumbersOf(const EncodedImageData& data) {
  const auto* const first = reinterpret_cast<const float*>(data.bytes.data());
  return {first, first + data.bytes.size() / sizeof(float)};
}

// Two rows of one pixel: red, and half green.
RawPicture Picture() {
  RawPicture picture{3, 2, 1, FloatsOf({1, 0, 0, 0.5, 0, 0})};
  picture.values = FloatsOf({-1, 7, 3, 4});
  picture.value_channels = 2;
  picture.transparency = FloatsOf({0, 1});
  return picture;
}

EncodedImageData Encoded(const RawPicture& picture, const VisualizationView& view) {
  const auto data = MakeVisualizationEncoder()->Encode(picture, view);
  REQUIRE_OK(data);
  CHECK(data->crc32 == Crc32(data->bytes.data(), data->bytes.size()));
  return *data;
}

TEST_CASE("pixels have their colours, rows as the view wants them", "[visualization][encoder]") {
  VisualizationView view;
  view.encoding = PictureEncoding::kRgb8;
  CHECK(BytesOf(Encoded(Picture(), view)) == std::vector<int>{255, 0, 0, 0, 128, 0});
  view.row_order = RowOrder::kBottomUp;
  CHECK(BytesOf(Encoded(Picture(), view)) == std::vector<int>{0, 128, 0, 255, 0, 0});
  CHECK(Encoded(Picture(), view).channels == 3);
}

TEST_CASE("alpha is the transparency when it is asked for, else opaque",
          "[visualization][encoder]") {
  VisualizationView view;
  view.encoding = PictureEncoding::kRgba8;
  CHECK(BytesOf(Encoded(Picture(), view)) == std::vector<int>{255, 0, 0, 255, 0, 128, 0, 255});
  view.transparency = true;
  CHECK(BytesOf(Encoded(Picture(), view)) == std::vector<int>{255, 0, 0, 0, 0, 128, 0, 255});
}

TEST_CASE("floats are those of the space that is asked for", "[visualization][encoder]") {
  VisualizationView view;
  view.encoding = PictureEncoding::kFloat32;
  CHECK(NumbersOf(Encoded(Picture(), view)) == std::vector<float>{1, 0, 0, 0.5, 0, 0});
  view.space = PictureSpace::kNetwork;
  CHECK(NumbersOf(Encoded(Picture(), view)) == std::vector<float>{-1, 7, 3, 4});
  CHECK(Encoded(Picture(), view).channels == 2);
  view.row_order = RowOrder::kBottomUp;
  CHECK(NumbersOf(Encoded(Picture(), view)) == std::vector<float>{7, -1, 4, 3});
  view.row_order = RowOrder::kTopDown;
  view.max_side = 1;
  const EncodedImageData small = Encoded(Picture(), view);
  CHECK(NumbersOf(small) == std::vector<float>{3, 3.5});
  CHECK(small.height == 1);
  CHECK(small.full_height == 2);
}

TEST_CASE("a gray picture is encoded with three equal colours", "[visualization][encoder]") {
  VisualizationView view;
  const auto decoded = [&](const EncodedImageData& data) {
    const auto bitmap = DecodeImage(data.bytes.data(), data.bytes.size());
    REQUIRE_OK(bitmap);
    return *bitmap;
  };
  const RawPicture gray{1, 1, 2, FloatsOf({0.2F, 1})};
  CHECK(decoded(Encoded(gray, view)).pixels == std::vector<uint8_t>{51, 51, 51, 255, 255, 255});
  view.encoding = PictureEncoding::kJpeg;
  CHECK(decoded(Encoded(gray, view)).width == 2);
}

TEST_CASE("sheets show grey until there is a picture, and fit what is smaller",
          "[visualization][encoder]") {
  VisualizationView view;
  view.encoding = PictureEncoding::kRgb8;
  view.layout = VisualizationLayout::kAtlas;
  view.gutter = 1;
  auto sheets = MakeVisualizationEncoder()->MakeSheets(2, 1, 2, view);
  REQUIRE_OK(sheets);
  const SheetGeometry& geometry = (*sheets)->geometry();
  REQUIRE(geometry.sheet_count == 1);
  REQUIRE_OK((*sheets)->SetTile(1, {1, 1, 1, FloatsOf({1})}));
  const auto data = (*sheets)->Encode(0);
  REQUIRE_OK(data);
  const std::vector<int> grey(6, 128), white(6, 255), gutter(geometry.columns == 2 ? 3 : 6, 0);
  std::vector<int> expected = grey;
  expected.insert(expected.end(), gutter.begin(), gutter.end());
  expected.insert(expected.end(), white.begin(), white.end());
  CHECK(BytesOf(*data) == expected);
  CHECK(data->full_width == 2);
}

TEST_CASE("a tile larger than a sheet may be is an error", "[visualization][encoder]") {
  VisualizationView view;
  view.max_sheet_side = 100;
  CHECK_FALSE(MakeVisualizationEncoder()->MakeSheets(1, 101, 1, view).ok());
  view.max_side = 50;
  CHECK(MakeVisualizationEncoder()->MakeSheets(1, 101, 1, view).ok());
}

}  // namespace
}  // namespace deepvision
