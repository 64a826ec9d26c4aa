#include "core/activation/atlas.h"

#include <algorithm>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Length of `count` tiles in a row with gutters between them.
int64_t Extent(int64_t count, int64_t tile, int gutter) {
  return count * tile + (count - 1) * gutter;
}

// The largest count whose extent is at most `side`.
int64_t MostInARow(int64_t tile, int side, int gutter) { return (side + gutter) / (tile + gutter); }

struct Grid {
  int64_t columns = 0;
  int64_t rows = 0;
};

// The grid for `count` tiles whose longer side is shortest; of those the one
// with the smallest area, then the wider one.
Grid MostSquareGrid(int64_t count, TileSize tile, Grid most, int gutter) {
  Grid best;
  std::tuple<int64_t, int64_t> best_cost;
  for (int64_t columns = std::min(count, most.columns); columns >= 1; --columns) {
    const Grid grid{columns, DivideUp(count, columns)};
    if (grid.rows > most.rows) break;
    const int64_t width = Extent(grid.columns, tile.width, gutter);
    const int64_t height = Extent(grid.rows, tile.height, gutter);
    const std::tuple<int64_t, int64_t> cost(std::max(width, height), width * height);
    if (best.columns == 0 || cost < best_cost) {
      best = grid;
      best_cost = cost;
    }
  }
  return best;
}

absl::Status TileTooLarge(TileSize tile, int max_sheet_side) {
  return absl::InvalidArgumentError(absl::StrCat(
      "max_sheet_side: a map of ", tile.width, " x ", tile.height, " pixels does not fit into ",
      max_sheet_side, " pixels; allow ", std::max(tile.width, tile.height),
      ", set max_side, or ask for the layout CHANNELS"));
}

}  // namespace

absl::StatusOr<SheetGeometry> LayOutSheets(int count, TileSize tile, int max_sheet_side,
                                           int gutter) {
  if (tile.width > max_sheet_side || tile.height > max_sheet_side) {
    return TileTooLarge(tile, max_sheet_side);
  }
  const Grid most{MostInARow(tile.width, max_sheet_side, gutter),
                  MostInARow(tile.height, max_sheet_side, gutter)};
  const int64_t fewest_sheets = DivideUp(count, most.columns * most.rows);
  const Grid grid = MostSquareGrid(DivideUp(count, fewest_sheets), tile, most, gutter);
  SheetGeometry sheets;
  sheets.sheet_count = static_cast<int>(DivideUp(count, grid.columns * grid.rows));
  sheets.sheet_width = static_cast<int>(Extent(grid.columns, tile.width, gutter));
  sheets.sheet_height = static_cast<int>(Extent(grid.rows, tile.height, gutter));
  sheets.columns = static_cast<int>(grid.columns);
  sheets.rows = static_cast<int>(grid.rows);
  sheets.tile_width = static_cast<int>(tile.width);
  sheets.tile_height = static_cast<int>(tile.height);
  sheets.gutter = gutter;
  return sheets;
}

TilePosition PositionOfTile(const SheetGeometry& sheets, int index) {
  const int on_sheet = index % (sheets.columns * sheets.rows);
  TilePosition position;
  position.sheet = index / (sheets.columns * sheets.rows);
  position.x = int64_t{on_sheet % sheets.columns} * (sheets.tile_width + sheets.gutter);
  position.y = int64_t{on_sheet / sheets.columns} * (sheets.tile_height + sheets.gutter);
  return position;
}

}  // namespace deepvision
