// A PNG file is a signature and chunks: IHDR (sizes), IDAT (a zlib stream of
// filtered rows), IEND. libpng would spend nearly all its time in zlib; ISA-L's
// deflate does the same work with SIMD.
#include <isa-l/igzip_lib.h>

#include <array>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/image/encode.h"
#include "core/image/view_check.h"

namespace deepvision {
namespace {

constexpr std::array<uint8_t, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr size_t kHeaderBytes = 13;
constexpr size_t kChunkOverhead = 12;  // length, type, CRC
constexpr size_t kFileOverhead = kSignature.size() + 3 * kChunkOverhead + kHeaderBytes;
constexpr size_t kMaxChunk = 0x7FFFFFFF;

constexpr uint8_t kFilterNone = 0;
constexpr uint8_t kFilterUp = 2;

// PNG's code of the colour type, or -1.
int ColorType(int channels) {
  switch (channels) {
    case 1:
      return 0;
    case 3:
      return 2;
    case 4:
      return 6;
    default:
      return -1;
  }
}

void StoreBigEndian(uint32_t value, uint8_t* out) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

void AppendBigEndian(uint32_t value, std::vector<uint8_t>* out) {
  std::array<uint8_t, 4> bytes;
  StoreBigEndian(value, bytes.data());
  out->insert(out->end(), bytes.begin(), bytes.end());
}

void AppendChunk(const char* type, const uint8_t* data, size_t size, std::vector<uint8_t>* out) {
  AppendBigEndian(static_cast<uint32_t>(size), out);
  const size_t start = out->size();
  out->insert(out->end(), type, type + 4);
  if (size > 0) out->insert(out->end(), data, data + size);
  AppendBigEndian(Crc32(out->data() + start, out->size() - start), out);
}

std::array<uint8_t, kHeaderBytes> Header(const BitmapView& view) {
  std::array<uint8_t, kHeaderBytes> header = {};
  StoreBigEndian(static_cast<uint32_t>(view.width), header.data());
  StoreBigEndian(static_cast<uint32_t>(view.height), header.data() + 4);
  header[8] = 8;  // bits per channel
  header[9] = static_cast<uint8_t>(ColorType(view.channels));
  return header;  // deflate, the one set of filters, not interlaced
}

size_t FilteredBytes(const BitmapView& view) {
  return (view.RowBytes() + 1) * static_cast<size_t>(view.height);
}

// Each row after its filter byte. Colour pictures hold the differences to the
// row above, which deflate well; maps of a single channel (activations) deflate
// better as they are.
std::unique_ptr<uint8_t[]> FilterRows(const BitmapView& view) {
  const size_t row_bytes = view.RowBytes();
  auto filtered = std::make_unique_for_overwrite<uint8_t[]>(FilteredBytes(view));
  uint8_t* out = filtered.get();
  for (int y = 0; y < view.height; ++y, out += row_bytes) {
    const uint8_t* row = view.Row(y);
    const bool up = y > 0 && view.channels > 1;
    *out++ = up ? kFilterUp : kFilterNone;
    if (!up) {
      std::memcpy(out, row, row_bytes);
      continue;
    }
    const uint8_t* above = view.Row(y - 1);
    for (size_t i = 0; i < row_bytes; ++i) out[i] = static_cast<uint8_t>(row[i] - above[i]);
  }
  return filtered;
}

struct Deflated {
  std::unique_ptr<uint8_t[]> bytes;
  size_t size = 0;
};

// Bytes that cannot be compressed are stored in blocks with a few bytes of
// overhead each; this is more than enough for them.
size_t DeflateBound(size_t size) { return size + size / 64 + 1024; }

absl::StatusOr<Deflated> Deflate(uint8_t* data, size_t size) {
  const size_t bound = DeflateBound(size);
  if (bound > kMaxChunk) return absl::InvalidArgumentError("the picture is too large for a PNG");
  Deflated out{std::make_unique_for_overwrite<uint8_t[]>(bound)};
  const auto level_buffer = std::make_unique_for_overwrite<uint8_t[]>(ISAL_DEF_LVL1_DEFAULT);
  const auto stream = std::make_unique_for_overwrite<isal_zstream>();
  isal_deflate_init(stream.get());
  stream->gzip_flag = IGZIP_ZLIB;
  stream->level = 1;
  stream->level_buf = level_buffer.get();
  stream->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  stream->end_of_stream = 1;
  stream->next_in = data;
  stream->avail_in = static_cast<uint32_t>(size);
  stream->next_out = out.bytes.get();
  stream->avail_out = static_cast<uint32_t>(bound);
  if (isal_deflate(stream.get()) != COMP_OK || stream->internal_state.state != ZSTATE_END) {
    return absl::InternalError("deflating a picture failed");
  }
  out.size = stream->total_out;
  return out;
}

}  // namespace

absl::StatusOr<HostBuffer> EncodePng(const BitmapView& view) {
  DV_RETURN_IF_ERROR(CheckView(view));
  if (ColorType(view.channels) < 0) {
    return absl::InvalidArgumentError("a PNG has 1, 3 or 4 channels");
  }
  if (FilteredBytes(view) > kMaxChunk) {
    return absl::InvalidArgumentError("the picture is too large for a PNG");
  }
  const std::unique_ptr<uint8_t[]> rows = FilterRows(view);
  DV_ASSIGN_OR_RETURN(const Deflated pixels, Deflate(rows.get(), FilteredBytes(view)));
  const std::array<uint8_t, kHeaderBytes> header = Header(view);
  std::vector<uint8_t> png;
  png.reserve(kFileOverhead + pixels.size);
  png.insert(png.end(), kSignature.begin(), kSignature.end());
  AppendChunk("IHDR", header.data(), header.size(), &png);
  AppendChunk("IDAT", pixels.bytes.get(), pixels.size, &png);
  AppendChunk("IEND", nullptr, 0, &png);
  return HostBuffer(std::move(png));
}

}  // namespace deepvision
