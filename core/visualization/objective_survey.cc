#include "core/visualization/objective_survey.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/visualization/network_pass.h"
#include "core/visualization/objective.h"

namespace deepvision {
namespace {

absl::Status Add(const ObjectiveFunction& objective, const AscentOptions& options,
                 const SampleValues& values, std::vector<ObjectiveRange>& ranges) {
  const std::vector<int>& units = options.spec.units;
  return CallTorch([&]() -> absl::Status {
    for (size_t i = 0; i < units.size(); ++i) {
      if (options.go_on && !options.go_on()) return RequestCancelled();
      const double value = objective.Evaluate(units[i], values)[0].item<double>();
      ranges[i].maximum = std::max(ranges[i].maximum, value);
      ranges[i].mean += value;
    }
    return absl::OkStatus();
  });
}

// The units might well be visualized, but not measured against this picture.
absl::Status OfPicture(int i, const absl::Status& status) {
  const bool of_device = GetErrorDetails(status).reason == "DEVICE_OUT_OF_MEMORY";
  if (absl::IsCancelled(status) || absl::IsInternal(status) || of_device) return status;
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "spec.quality_dataset: sample ", i, ": ",
          absl::IsAborted(status) ? "the network takes another way through its code for it"
                                  : status.message(),
          "; leave quality_dataset out, or name another one")),
      "PICTURE_NOT_USABLE", {{"sample", absl::StrCat(i)}});
}

}  // namespace

absl::StatusOr<std::vector<ObjectiveRange>> SurveyObjectives(const AscentOptions& options,
                                                             const PictureList& pictures) {
  const VisualizationSpec& spec = options.spec;
  DV_ASSIGN_OR_RETURN(const ObjectiveFunction objective,
                      ObjectiveFunction::Create(spec.objective, spec.layer, options.layers));
  DV_ASSIGN_OR_RETURN(
      const std::unique_ptr<NetworkPass> pass,
      NetworkPass::Create(options.graph, objective.layers(), 1, PassForm(), options.go_on));
  std::vector<ObjectiveRange> ranges(spec.units.size(),
                                     {-std::numeric_limits<double>::infinity(), 0});
  for (int i = 0; i < pictures.count; ++i) {
    const absl::StatusOr<at::Tensor> picture = pictures.picture(i);
    if (!picture.ok()) return OfPicture(i, picture.status());
    const absl::StatusOr<SampleValues> values = pass->Run({*picture}, {}, {.go_on = options.go_on});
    if (!values.ok()) return OfPicture(i, values.status());
    DV_RETURN_IF_ERROR(Add(objective, options, *values, ranges));
  }
  for (ObjectiveRange& range : ranges) range.mean /= pictures.count;
  return ranges;
}

}  // namespace deepvision
