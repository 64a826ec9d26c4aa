// The datasets of a server, by id and in manifest order.
//
// Threading: immutable; every method may be called from any thread.
// Ownership: pointers live as long as the registry.
#ifndef DEEPVISION_CORE_DATASET_DATASET_REGISTRY_H_
#define DEEPVISION_CORE_DATASET_DATASET_REGISTRY_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/dataset.h"
#include "core/api/manifest.h"
#include "core/dataset/dataset.h"

namespace deepvision {

class DatasetRegistry {
 public:
  // Without any dataset.
  DatasetRegistry() = default;

  // Opens every manifest. Blocks. Fails as Dataset::Open does, and with
  // kInvalidArgument when an id stands there twice.
  static absl::StatusOr<DatasetRegistry> Open(const std::vector<DatasetManifest>& manifests);

  std::vector<DatasetInfo> List() const;

  // kNotFound for an unknown id; the text names the valid ones.
  absl::StatusOr<const Dataset*> Find(absl::string_view id) const;

 private:
  std::vector<std::unique_ptr<const Dataset>> datasets_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DATASET_DATASET_REGISTRY_H_
