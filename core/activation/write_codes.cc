#include "core/activation/write_codes.h"

#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/activation/atlas.h"
#include "core/activation/layer_values.h"
#include "core/activation/parallel_pieces.h"
#include "core/activation/quantize.h"
#include "core/base/digest.h"

namespace deepvision {
namespace {

// The values as equal runs, one after the other, that have one range each (a
// channel, or the whole layer).
struct Runs {
  const float* values = nullptr;
  int64_t length = 0;
  std::vector<CodeRange> ranges;
};

Quantization Describe(ValueRange policy, const std::vector<CodeRange>& ranges) {
  Quantization quantization;
  quantization.range = policy;
  for (const CodeRange& range : ranges) {
    quantization.minimum.push_back(range.minimum);
    quantization.maximum.push_back(range.maximum);
    quantization.scale.push_back(CodeWidth(range));
    quantization.zero_code.push_back(ZeroCode(range));
  }
  return quantization;
}

// What is in each of `count` runs.
std::vector<FiniteRange> ScanRuns(const float* values, int64_t length, int64_t count) {
  if (count == 1) return {ScanInParallel(values, length)};
  std::vector<FiniteRange> seen(static_cast<size_t>(count));
  at::parallel_for(0, count, RunsPerThread(length), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      ScanRange(values + i * length, static_cast<size_t>(length), seen[static_cast<size_t>(i)]);
    }
  });
  return seen;
}

// Chooses the ranges of `values` as `count` runs; adds what was seen to `seen`.
Runs MakeRuns(const at::Tensor& values, int64_t count, const EncodingOptions& options,
              SmoothedRange* smoothed, FiniteRange& seen) {
  Runs runs{values.const_data_ptr<float>(), count == 0 ? 0 : values.numel() / count};
  for (const FiniteRange& of_run : ScanRuns(runs.values, runs.length, count)) {
    runs.ranges.push_back(options.range == ValueRange::kSmoothed
                              ? smoothed->Next(of_run)
                              : ChooseRange(options.range, options.fixed_range, of_run));
    Merge(of_run, seen);
  }
  return runs;
}

// The codes in the order of the values; returns their CRC-32.
uint32_t WriteInOrder(const Runs& runs, uint8_t* codes) {
  const int64_t blocks = BlockCount(runs.length);
  const int64_t pieces = blocks * static_cast<int64_t>(runs.ranges.size());
  const int64_t together = RunsPerThread(std::min(runs.length, kBlock));
  return HashPieces(pieces, together, [&](int64_t begin, int64_t end) {
    HashedBytes bytes;
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t run = piece / blocks, done = piece % blocks * kBlock;
      const int64_t first = run * runs.length + done;
      const auto step = static_cast<size_t>(std::min(kBlock, runs.length - done));
      Quantize(runs.values + first, step, runs.ranges[static_cast<size_t>(run)], codes + first);
      Append(codes + first, step, bytes);
    }
    return bytes;
  });
}

// Codes of TOKENS with one range per feature: made feature by feature, then put
// back in the order of the tokens.
uint32_t WriteTransposed(const Runs& features, HostBytes& bytes) {
  HostBytes by_feature(bytes.size());
  WriteInOrder(features, by_feature.data());
  const int64_t count = static_cast<int64_t>(features.ranges.size());
  const at::TensorOptions options(at::kByte);
  const at::Tensor source = at::from_blob(by_feature.data(), {count, features.length}, options);
  at::from_blob(bytes.data(), {features.length, count}, options).copy_(source.t());
  return Crc32(bytes.data(), bytes.size());
}

// Where the rows of a map go: its first row to `first`, each next one `stride`
// bytes further.
struct RowPlace {
  int64_t first = 0;
  int64_t stride = 0;
};

// Rows of kPiece to 2 * kPiece bytes, each as two pieces that may overlap: far
// shorter than a call of memcpy per row.
template <size_t kPiece>
void CopyShortRows(const uint8_t* map, int64_t height, int64_t width, RowPlace place,
                   uint8_t* codes) {
  uint8_t* row = codes + place.first;
  const int64_t last = width - static_cast<int64_t>(kPiece);
  for (int64_t y = 0; y < height; ++y, map += width, row += place.stride) {
    std::memcpy(row, map, kPiece);
    if (last > 0) std::memcpy(row + last, map + last, kPiece);
  }
}

void CopyRows(const uint8_t* map, int64_t height, int64_t width, RowPlace place, uint8_t* codes) {
  if (width >= 4 && width < 8) return CopyShortRows<4>(map, height, width, place, codes);
  if (width >= 8 && width < 16) return CopyShortRows<8>(map, height, width, place, codes);
  if (width >= 16 && width <= 32) return CopyShortRows<16>(map, height, width, place, codes);
  for (int64_t y = 0; y < height; ++y) {
    std::memcpy(codes + place.first + y * place.stride, map + y * width,
                static_cast<size_t>(width));
  }
}

// What is filled, written and hashed at once, while it is in the cache: a row of
// tiles across its sheet, or without sheets some maps.
struct Band {
  int64_t begin = 0;  // byte
  int64_t size = 0;
  int64_t first_map = 0;
  int64_t end_map = 0;
  RowPlace place;            // of the first map
  int64_t map_distance = 0;  // bytes from one map's first row to the next one's
  bool has_gaps = false;     // bytes that belong to no map
};

Band RowOfTiles(const SheetGeometry& sheets, int64_t sheet, int64_t row, int64_t maps,
                RowOrder order) {
  const int64_t width = sheets.sheet_width, height = sheets.sheet_height;
  const int64_t first_tile = (sheet * sheets.rows + row) * sheets.columns;
  const int64_t y = PositionOfTile(sheets, static_cast<int>(first_tile)).y;
  const int64_t rows = std::min<int64_t>(sheets.tile_height + sheets.gutter, height - y);
  const bool top_down = order == RowOrder::kTopDown;
  const int64_t sheet_begin = sheet * height * width;
  Band band;
  band.begin = sheet_begin + (top_down ? y : height - y - rows) * width;
  band.size = rows * width;
  band.first_map = std::min(maps, first_tile);
  band.end_map = std::min<int64_t>(maps, band.first_map + sheets.columns);
  band.place = {sheet_begin + (top_down ? y : height - 1 - y) * width, top_down ? width : -width};
  band.map_distance = sheets.tile_width + sheets.gutter;
  band.has_gaps = sheets.gutter > 0 || band.end_map - band.first_map < sheets.columns;
  return band;
}

// In the order of the bytes.
std::vector<Band> BandsOfSheets(const SheetGeometry& sheets, int64_t maps, RowOrder order) {
  std::vector<Band> bands;
  for (int64_t sheet = 0; sheet < sheets.sheet_count; ++sheet) {
    for (int64_t i = 0; i < sheets.rows; ++i) {
      const int64_t row = order == RowOrder::kTopDown ? i : sheets.rows - 1 - i;
      bands.push_back(RowOfTiles(sheets, sheet, row, maps, order));
    }
  }
  return bands;
}

// Memory that is filled from its begin to its end is fetched faster than row by
// row of maps: from this size on it pays to fill first.
constexpr int64_t kLargeBand = 65536;

int64_t MapsPerBlock(int64_t pixels) { return std::max<int64_t>(1, kBlock / pixels); }

// Maps [first, end), upside down, one after the other.
Band FlippedMaps(const EncodedSize& size, int64_t first, int64_t end) {
  const int64_t width = size.shape[2], pixels = size.shape[1] * width;
  const RowPlace place{(first + 1) * pixels - width, -width};
  return {first * pixels, (end - first) * pixels, first, end, place, pixels};
}

std::vector<Band> MakeBands(const EncodedSize& size, RowOrder order) {
  const int64_t maps = size.shape[0], pixels = size.shape[1] * size.shape[2];
  if (size.sheet.has_value()) return BandsOfSheets(*size.sheet, maps, order);
  std::vector<Band> bands;
  for (int64_t map = 0; map < maps; map += MapsPerBlock(pixels)) {
    bands.push_back(FlippedMaps(size, map, std::min(maps, map + MapsPerBlock(pixels))));
  }
  return bands;
}

// The maps of a band, a few at a time, to their places.
void WriteMaps(const Runs& runs, const EncodedSize& size, const Band& band, HostBytes& scratch,
               uint8_t* codes) {
  const int64_t height = size.shape[1], width = size.shape[2], pixels = height * width;
  const bool own_range = runs.ranges.size() > 1;
  const int64_t batch = own_range ? 1 : MapsPerBlock(pixels);
  RowPlace place = band.place;
  for (int64_t begin = band.first_map; begin < band.end_map; begin += batch) {
    const int64_t end = std::min(band.end_map, begin + batch);
    Quantize(runs.values + begin * pixels, static_cast<size_t>((end - begin) * pixels),
             runs.ranges[own_range ? begin : 0], scratch.data());
    for (int64_t map = begin; map < end; ++map, place.first += band.map_distance) {
      CopyRows(scratch.data() + (map - begin) * pixels, height, width, place, codes);
    }
  }
}

uint32_t WritePlaced(const Runs& runs, const EncodedSize& size, RowOrder order, uint8_t background,
                     uint8_t* codes) {
  const int64_t pixels = size.shape[1] * size.shape[2];
  const std::vector<Band> bands = MakeBands(size, order);
  const auto count = static_cast<int64_t>(bands.size());
  return HashPieces(count, RunsPerThread(bands.front().size), [&](int64_t begin, int64_t end) {
    HostBytes scratch(static_cast<size_t>(MapsPerBlock(pixels) * pixels));
    HashedBytes hashed;
    for (int64_t i = begin; i < end; ++i) {
      const Band& band = bands[static_cast<size_t>(i)];
      const auto bytes = static_cast<size_t>(band.size);
      if (band.has_gaps || band.size >= kLargeBand) {
        std::memset(codes + band.begin, background, bytes);
      }
      WriteMaps(runs, size, band, scratch, codes);
      Append(codes + band.begin, bytes, hashed);
    }
    return hashed;
  });
}

size_t CodeCount(const EncodedSize& size) {
  if (!size.sheet.has_value()) return static_cast<size_t>(*ElementCount(size.shape));
  return static_cast<size_t>(
      *ElementCount({size.sheet->sheet_count, size.sheet->sheet_width, size.sheet->sheet_height}));
}

}  // namespace

CodedLayer WriteCodes(const at::Tensor& values, DataKind kind, const EncodingOptions& options,
                      const EncodedSize& size, BufferPool* pool, SmoothedRange* smoothed) {
  CodedLayer layer{{}, {}, HostBytes(CodeCount(size), pool)};
  const bool per_channel = options.range == ValueRange::kChannel;
  const at::Tensor ordered = per_channel ? ByChannel(values, kind) : values;
  const Runs runs =
      MakeRuns(ordered, per_channel ? ordered.size(0) : 1, options, smoothed, layer.seen);
  layer.quantization = Describe(options.range, runs.ranges);
  if (layer.bytes.size() == 0) return layer;
  const bool flipped = kind == DataKind::kFeatureMap && options.row_order == RowOrder::kBottomUp;
  if (size.sheet.has_value() || flipped) {
    const uint8_t background =
        per_channel ? 0 : static_cast<uint8_t>(layer.quantization.zero_code[0]);
    layer.crc32 = WritePlaced(runs, size, options.row_order, background, layer.bytes.data());
  } else if (per_channel && kind == DataKind::kTokens) {
    layer.crc32 = WriteTransposed(runs, layer.bytes);
  } else {
    layer.crc32 = WriteInOrder(runs, layer.bytes.data());
  }
  return layer;
}

}  // namespace deepvision
