#include "core/activation/atlas.h"

#include <algorithm>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("64 square tiles make a sheet of 8 x 8", "[activation][atlas]") {
  const auto sheets = LayOutSheets(64, {56, 56}, 4096, 0);
  REQUIRE_OK(sheets);
  CHECK(sheets->sheet_count == 1);
  CHECK(sheets->columns == 8);
  CHECK(sheets->rows == 8);
  CHECK(sheets->sheet_width == 448);
  CHECK(sheets->sheet_height == 448);
}

TEST_CASE("a gutter lies between tiles and not at the border", "[activation][atlas]") {
  const auto sheets = LayOutSheets(6, {10, 10}, 4096, 2);
  REQUIRE_OK(sheets);
  CHECK(sheets->columns == 3);
  CHECK(sheets->rows == 2);
  CHECK(sheets->sheet_width == 34);
  CHECK(sheets->sheet_height == 22);
  CHECK(PositionOfTile(*sheets, 5).x == 24);
  CHECK(PositionOfTile(*sheets, 5).y == 12);
}

TEST_CASE("wide tiles are stacked so that the sheet is square", "[activation][atlas]") {
  const auto sheets = LayOutSheets(16, {40, 10}, 4096, 0);
  REQUIRE_OK(sheets);
  CHECK(sheets->sheet_width == 80);
  CHECK(sheets->sheet_height == 80);
}

TEST_CASE("tiles that do not fit one sheet are spread over the fewest", "[activation][atlas]") {
  const auto sheets = LayOutSheets(512, {100, 100}, 1000, 0);
  REQUIRE_OK(sheets);
  CHECK(sheets->sheet_count == 6);
  CHECK(sheets->columns * sheets->rows * sheets->sheet_count >= 512);
  CHECK(PositionOfTile(*sheets, 511).sheet == 5);
}

TEST_CASE("a tile larger than a sheet is refused with the side it needs", "[activation][atlas]") {
  CHECK_STATUS(LayOutSheets(1, {100, 200}, 128, 0), absl::StatusCode::kInvalidArgument,
               "max_sheet_side: a map of 100 x 200 pixels");
}

// Every property that SheetGeometry promises, for one layout.
void CheckLayout(const SheetGeometry& sheets, int count, int side) {
  CHECK(sheets.sheet_width <= side);
  CHECK(sheets.sheet_height <= side);
  CHECK(int64_t{sheets.columns} * sheets.rows * sheets.sheet_count >= count);
  CHECK(int64_t{sheets.columns} * sheets.rows * (sheets.sheet_count - 1) < count);
  const TilePosition last = PositionOfTile(sheets, count - 1);
  CHECK(last.sheet == sheets.sheet_count - 1);
  const TilePosition corner = PositionOfTile(sheets, sheets.columns * sheets.rows - 1);
  CHECK(corner.x + sheets.tile_width == sheets.sheet_width);
  CHECK(corner.y + sheets.tile_height == sheets.sheet_height);
}

TEST_CASE("layouts of many sizes hold all tiles and stay below the side", "[activation][atlas]") {
  for (const int count : {1, 2, 3, 7, 64, 101, 1000, 2048}) {
    for (const int64_t width : {1, 7, 64}) {
      for (const int64_t height : {1, 13, 64}) {
        for (const int gutter : {0, 1, 16}) {
          const auto sheets = LayOutSheets(count, {width, height}, 64, gutter);
          REQUIRE_OK(sheets);
          CheckLayout(*sheets, count, 64);
        }
      }
    }
  }
}

}  // namespace
}  // namespace deepvision
