#include "core/activation/histogram.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/activation/count_bins.h"
#include "core/activation/layer_values.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"

namespace deepvision {
namespace {

constexpr int kMinBins = 2;
constexpr int kMaxBins = 1024;

template <typename Number>
absl::StatusOr<std::vector<Histogram>> CountRows(const at::Tensor& rows, bool per_channel,
                                                 int bins) {
  const int64_t length = rows.size(1);
  std::vector<Histogram> histograms;
  for (int64_t i = 0; i < rows.size(0); ++i) {
    DV_ASSIGN_OR_RETURN(Histogram histogram, CountBins(rows.const_data_ptr<Number>() + i * length,
                                                       static_cast<size_t>(length), bins));
    if (per_channel) histogram.channel = static_cast<int>(i);
    histograms.push_back(std::move(histogram));
  }
  return histograms;
}

// `value` without batch dimension.
absl::StatusOr<std::vector<Histogram>> Count(const at::Tensor& value, DataKind kind,
                                             bool per_channel, int bins) {
  const at::Tensor values = HostValues(value);
  const at::Tensor rows = per_channel ? ByChannel(values, kind) : values.view({1, values.numel()});
  return values.scalar_type() == at::kDouble ? CountRows<double>(rows, per_channel, bins)
                                             : CountRows<float>(rows, per_channel, bins);
}

absl::Status Check(const at::Tensor& value, int bins) {
  if (bins < kMinBins || bins > kMaxBins) {
    return absl::InvalidArgumentError(
        absl::StrCat("bins: ", bins, " is not between ", kMinBins, " and ", kMaxBins));
  }
  return CheckNumberType(value);
}

}  // namespace

absl::StatusOr<std::vector<Histogram>> LayerHistograms(const at::Tensor& value, DataKind kind,
                                                       bool per_channel, int bins) {
  DV_RETURN_IF_ERROR(Check(value, bins));
  return CallTorch([&]() -> absl::StatusOr<std::vector<Histogram>> {
    DV_ASSIGN_OR_RETURN(const Shape shape, ShapeWithoutBatch(value, kind));
    return Count(value.reshape(shape), kind, per_channel, bins);
  });
}

absl::StatusOr<std::vector<Histogram>> WeightHistograms(const at::Tensor& weight, bool per_channel,
                                                        int bins) {
  DV_RETURN_IF_ERROR(Check(weight, bins));
  return CallTorch([&] { return Count(weight, DataKind::kOther, per_channel, bins); });
}

}  // namespace deepvision
