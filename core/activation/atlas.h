// How the maps of a layer lie as tiles on sheets: pure geometry.
//
// All tiles have one size. Tile i lies on sheet i / (columns * rows), row-major,
// with `gutter` pixels between neighbours (none at the border). Sheets are as
// near to square as the tiles allow: the longer side is the shortest possible.
// When one sheet of at most `max_sheet_side` pixels a side cannot hold all
// tiles, they are spread evenly over the smallest number of equal sheets.
//
// Units: pixels. Threading: pure functions.
#ifndef DEEPVISION_CORE_ACTIVATION_ATLAS_H_
#define DEEPVISION_CORE_ACTIVATION_ATLAS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/api/activation.h"

namespace deepvision {

struct TileSize {
  int64_t width = 0;
  int64_t height = 0;
};

// `count`, `tile` and `max_sheet_side` are at least 1, `gutter` at least 0.
// kInvalidArgument when one tile is larger than a sheet may be.
absl::StatusOr<SheetGeometry> LayOutSheets(int count, TileSize tile, int max_sheet_side,
                                           int gutter);

// Where the upper left pixel of a tile lies on its sheet, rows from the top.
struct TilePosition {
  int sheet = 0;
  int64_t x = 0;
  int64_t y = 0;
};
TilePosition PositionOfTile(const SheetGeometry& sheets, int index);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_ATLAS_H_
