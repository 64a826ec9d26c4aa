// The networks that an engine serves, which a reload replaces while requests run.
//
// Threading: NetworkList is thread-safe and does not block; PlanReload reads files
// and blocks.
// Ownership: who uses a network shares it, so that it lives on after it was
// replaced.
#ifndef DEEPVISION_CORE_ENGINE_NETWORK_LIST_H_
#define DEEPVISION_CORE_ENGINE_NETWORK_LIST_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/api/engine.h"
#include "core/api/manifest.h"
#include "core/engine/network.h"

namespace deepvision {

// In manifest order.
using Networks = std::vector<std::shared_ptr<Network>>;

class NetworkList {
 public:
  std::shared_ptr<const Networks> All() const ABSL_LOCKS_EXCLUDED(mutex_);
  void Set(Networks networks) ABSL_LOCKS_EXCLUDED(mutex_);

  // kNotFound names the nearest ids.
  absl::StatusOr<std::shared_ptr<Network>> Find(absl::string_view id) const;

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Networks> networks_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<const Networks>();
};

// What a reload will do.
struct ReloadPlan {
  Networks networks;                   // from now on
  Networks opened;                     // of them, those that are to be opened
  Networks gone;                       // that no new request will find
  std::vector<NetworkChange> changes;  // of all, the removed ones last
};

// A network of `old` stays when its manifest and the bytes of its file are as
// before and it has not failed; else it is made anew, for `device`.
ReloadPlan PlanReload(const Networks& old, std::vector<NetworkManifest> manifests,
                      const std::string& device);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_NETWORK_LIST_H_
