#include "core/activation/plan_layer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/activation/atlas.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

// The longest side that EncodePng writes.
constexpr int64_t kMaxPngSide = 65500;

bool HasCodes(ActivationEncoding encoding) {
  return encoding == ActivationEncoding::kUint8 || encoding == ActivationEncoding::kPng;
}

absl::Status CheckShape(const Shape& shape, DataKind kind) {
  if (kind == DataKind::kNone) {
    return absl::FailedPreconditionError("the layer has no data; choose another layer");
  }
  const bool fits = kind == DataKind::kFeatureMap ? shape.size() == 3
                    : kind == DataKind::kVector   ? shape.size() == 1
                    : kind == DataKind::kTokens   ? shape.size() == 2
                                                  : true;
  if (!fits) {
    return absl::InternalError(
        absl::StrCat("shape [", absl::StrJoin(shape, ", "), "] does not fit the kind of value"));
  }
  for (const int64_t size : shape) {
    if (size < 0 || size > std::numeric_limits<int32_t>::max()) {
      return absl::ResourceExhaustedError("the layer is too large to be sent");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFixedRange(const FixedRange& range) {
  if (std::isfinite(range.minimum) && std::isfinite(range.maximum) &&
      range.minimum < range.maximum) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("fixed_range: minimum ", range.minimum,
                                                 " and maximum ", range.maximum,
                                                 " must be finite, and minimum the smaller one"));
}

absl::Status CheckPng(const Shape& shape, DataKind kind, const EncodingOptions& options) {
  if (kind == DataKind::kOther) {
    return absl::InvalidArgumentError(
        "encoding: PNG needs a feature map, a vector or tokens; ask for UINT8 or FLOAT32");
  }
  if (options.row_order == RowOrder::kBottomUp) {
    return absl::InvalidArgumentError("row_order: PNG is always top down; ask for UINT8");
  }
  if (ElementCount(shape) == 0) {
    return absl::FailedPreconditionError("the layer is empty and makes no picture");
  }
  return absl::OkStatus();
}

absl::Status CheckPngSides(const EncodedSize& size, DataKind kind) {
  const auto first_side = size.shape.begin() + (kind == DataKind::kFeatureMap ? 1 : 0);
  if (size.sheet.has_value() || *std::max_element(first_side, size.shape.end()) <= kMaxPngSide) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("encoding: the layer is longer than the ",
                                                 kMaxPngSide, " pixels of a PNG; ask for UINT8"));
}

absl::Status CheckAtlas(const EncodingOptions& options) {
  if (!HasCodes(options.encoding)) {
    return absl::InvalidArgumentError("layout: ATLAS needs the encoding UINT8 or PNG");
  }
  if (options.max_sheet_side < 64 || options.max_sheet_side > 16384) {
    return absl::InvalidArgumentError(absl::StrCat("atlas.max_sheet_side: ", options.max_sheet_side,
                                                   " is not between 64 and 16384"));
  }
  if (options.gutter < 0 || options.gutter > 16) {
    return absl::InvalidArgumentError(
        absl::StrCat("atlas.gutter: ", options.gutter, " is not between 0 and 16"));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const Shape& shape, DataKind kind, const EncodingOptions& options) {
  if (options.max_side < 0) return absl::InvalidArgumentError("max_side: must not be negative");
  if (options.layout == ActivationLayout::kAtlas) DV_RETURN_IF_ERROR(CheckAtlas(options));
  if (options.encoding == ActivationEncoding::kPng) {
    DV_RETURN_IF_ERROR(CheckPng(shape, kind, options));
  }
  if (!HasCodes(options.encoding)) return absl::OkStatus();
  if (options.range == ValueRange::kFixed) return CheckFixedRange(options.fixed_range);
  if (options.range == ValueRange::kChannel && kind == DataKind::kVector) {
    return absl::InvalidArgumentError(
        "range: CHANNEL makes no sense for a vector, whose channels hold one value each; ask for "
        "LAYER");
  }
  return absl::OkStatus();
}

absl::Status CheckSmoothing(const EncodingOptions& options, Frames frames) {
  if (options.range != ValueRange::kSmoothed || frames == Frames::kMany) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "range: SMOOTHED needs many frames, as LiveActivations has them; ask for LAYER");
}

absl::Status CheckChannels(const std::vector<int>& channels, int64_t count) {
  std::vector<bool> seen(static_cast<size_t>(count));
  for (const int channel : channels) {
    if (channel < 0 || channel >= count) {
      return absl::OutOfRangeError(absl::StrCat("channels: ", channel,
                                                " is past the end; the layer has ", count,
                                                " channels, numbered from 0"));
    }
    if (seen[channel]) {
      return absl::InvalidArgumentError(absl::StrCat("channels: ", channel, " appears twice"));
    }
    seen[channel] = true;
  }
  return absl::OkStatus();
}

// `length` * `limit` / `longest`, rounded to nearest, at least 1.
int64_t ReducedSide(int64_t length, int64_t limit, int64_t longest) {
  return std::max<int64_t>(1, (2 * length * limit + longest) / (2 * longest));
}

void ReduceMap(int max_side, Shape& shape) {
  const int64_t longest = std::max(shape[1], shape[2]);
  if (max_side == 0 || longest <= max_side) return;
  for (const int dimension : {1, 2}) {
    // A map without pixels has none to average.
    if (shape[dimension] == 0) continue;
    shape[dimension] = ReducedSide(shape[dimension], max_side, longest);
  }
}

uint64_t BytesPerElement(ActivationEncoding encoding) {
  if (encoding == ActivationEncoding::kFloat32) return 4;
  return encoding == ActivationEncoding::kFloat16 ? 2 : 1;
}

absl::StatusOr<uint64_t> ByteCount(const EncodedSize& size, ActivationEncoding encoding) {
  const std::optional<int64_t> elements =
      size.sheet.has_value() ? ElementCount({size.sheet->sheet_count, size.sheet->sheet_width,
                                             size.sheet->sheet_height})
                             : ElementCount(size.shape);
  // Everything stays addressable with room to spare.
  if (!elements.has_value() || *elements > std::numeric_limits<int64_t>::max() / 16) {
    return absl::ResourceExhaustedError(
        "the layer is too large to be sent; select channels or set max_side");
  }
  return static_cast<uint64_t>(*elements) * BytesPerElement(encoding);
}

}  // namespace

std::optional<int> ChannelDimension(const Shape& shape, DataKind kind) {
  if (shape.empty()) return std::nullopt;
  return kind == DataKind::kTokens ? 1 : 0;
}

std::optional<int64_t> ElementCount(const Shape& shape) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
  }
  return count;
}

absl::StatusOr<EncodedSize> PlanLayer(const Shape& full_shape, DataKind kind,
                                      const EncodingOptions& options, Frames frames) {
  DV_RETURN_IF_ERROR(CheckShape(full_shape, kind));
  DV_RETURN_IF_ERROR(CheckOptions(full_shape, kind, options));
  DV_RETURN_IF_ERROR(CheckSmoothing(options, frames));
  EncodedSize size{full_shape};
  if (!options.channels.empty()) {
    const std::optional<int> dimension = ChannelDimension(full_shape, kind);
    DV_RETURN_IF_ERROR(CheckChannels(options.channels, dimension ? full_shape[*dimension] : 0));
    size.shape[*dimension] = static_cast<int64_t>(options.channels.size());
  }
  if (kind == DataKind::kFeatureMap) {
    ReduceMap(options.max_side, size.shape);
    if (options.layout == ActivationLayout::kAtlas && ElementCount(size.shape) != 0) {
      DV_ASSIGN_OR_RETURN(
          size.sheet, LayOutSheets(static_cast<int>(size.shape[0]), {size.shape[2], size.shape[1]},
                                   options.max_sheet_side, options.gutter));
    }
  }
  if (options.encoding == ActivationEncoding::kPng) DV_RETURN_IF_ERROR(CheckPngSides(size, kind));
  DV_ASSIGN_OR_RETURN(const uint64_t bytes, ByteCount(size, options.encoding));
  if (options.encoding != ActivationEncoding::kPng) size.byte_count = bytes;
  return size;
}

}  // namespace deepvision
