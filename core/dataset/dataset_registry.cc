#include "core/dataset/dataset_registry.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"

namespace deepvision {

absl::StatusOr<DatasetRegistry> DatasetRegistry::Open(
    const std::vector<DatasetManifest>& manifests) {
  DatasetRegistry registry;
  for (const DatasetManifest& manifest : manifests) {
    if (registry.Find(manifest.id).ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("dataset \"", manifest.id, "\": the id stands in two manifests"));
    }
    DV_ASSIGN_OR_RETURN(std::unique_ptr<const Dataset> dataset, Dataset::Open(manifest));
    registry.datasets_.push_back(std::move(dataset));
  }
  return registry;
}

std::vector<DatasetInfo> DatasetRegistry::List() const {
  std::vector<DatasetInfo> infos;
  for (const auto& dataset : datasets_) infos.push_back(dataset->info());
  return infos;
}

absl::StatusOr<const Dataset*> DatasetRegistry::Find(absl::string_view id) const {
  for (const auto& dataset : datasets_) {
    if (dataset->info().id == id) return dataset.get();
  }
  const std::string valid = absl::StrJoin(datasets_, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, "\"", entry->info().id, "\"");
  });
  return WithReason(
      absl::NotFoundError(
          absl::StrCat("dataset: there is no \"", id, "\"; ",
                       valid.empty() ? "this server has none" : absl::StrCat("there are ", valid))),
      "DATASET_NOT_FOUND", {{"dataset", std::string(id)}});
}

}  // namespace deepvision
