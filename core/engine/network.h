// One network of the server: its manifest, its state, its graphs.
//
//   LOADING -> READY or FAILED, by Open.
//
// Threading: Info, Digest, OnSettled and Default are thread-safe and do not
// block. Open, Fit, ForSize and ProbeOtherSize run torch: on the device worker only.
#ifndef DEEPVISION_CORE_ENGINE_NETWORK_H_
#define DEEPVISION_CORE_ENGINE_NETWORK_H_

#include <ATen/core/Tensor.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/api/manifest.h"
#include "core/api/network.h"
#include "core/engine/specialisation.h"
#include "core/loader/model_file.h"

namespace deepvision {

class Network {
 public:
  Network(NetworkManifest manifest, std::string device);

  const NetworkManifest& manifest() const { return given_; }
  const std::string& id() const { return given_.id; }
  NetworkInfo Info() const;

  // True when `manifest` would open the same network again: it says the same, the
  // file has the same bytes, and the network has not failed. Reads the file and
  // blocks.
  bool IsUpToDate(const NetworkManifest& manifest) const;
  // Nobody will find this network any more, so nothing of it is worth keeping.
  void Retire() { retired_ = true; }
  bool retired() const { return retired_; }

  // Calls `settled` once the network is READY or FAILED: at once, or from Open.
  void OnSettled(absl::AnyInvocable<void() &&> settled);

  // OK when READY; else why not:
  //   kUnavailable         LOADING; with a retry hint
  //   kFailedPrecondition  FAILED, or `expected_digest` (when not empty) differs
  absl::Status Check(const std::string& expected_digest) const;

  // Takes the file, or why it could not be read, and runs it once, until
  // `latest_end`. The state tells how it went; the returned status is for the
  // operator's log.
  absl::Status Open(absl::StatusOr<std::unique_ptr<ModelFile>> file, absl::Time latest_end);

  // The specialisation for the network's own input size. Only when READY.
  std::shared_ptr<const Specialisation> Default() const;

  // The specialisation whose shape and way through the control flow `input`
  // takes, made now when there is none. `input` has the network's dtype.
  //   kInvalidArgument  the network does not run on this input
  absl::StatusOr<std::shared_ptr<const Specialisation>> Fit(const at::Tensor& input);

  // The specialisation for [1, channels, height, width]. kInvalidArgument when the
  // network does not run on that size.
  absl::StatusOr<std::shared_ptr<const Specialisation>> ForSize(int channels, int height,
                                                                int width);

  // Finds out whether the network takes other input sizes, and says so in Info.
  void ProbeOtherSize();

  // `input` in the type that the network reads.
  at::Tensor Convert(const at::Tensor& input) const { return input.to(file_->input_dtype()); }

 private:
  absl::StatusOr<std::shared_ptr<const Specialisation>> TakeFile(
      absl::StatusOr<std::unique_ptr<ModelFile>> file, absl::Time latest_end);
  absl::StatusOr<std::shared_ptr<const Specialisation>> SpecialiseFirst(absl::Time latest_end);
  absl::StatusOr<std::shared_ptr<const Specialisation>> Specialise(
      const at::Tensor& sample, absl::Time latest_end = absl::InfiniteFuture());
  absl::Status CheckClasses(const Specialisation& specialisation) const;
  void Describe(const Specialisation& specialisation);

  const NetworkManifest given_;
  std::atomic<bool> retired_ = false;
  NetworkManifest manifest_;  // device worker, after construction

  mutable absl::Mutex mutex_;
  NetworkInfo info_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::AnyInvocable<void() &&>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Specialisation> default_ ABSL_GUARDED_BY(mutex_);

  // Device worker only.
  std::unique_ptr<ModelFile> file_;
  std::vector<std::shared_ptr<const Specialisation>> specialisations_;  // newest last
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_NETWORK_H_
