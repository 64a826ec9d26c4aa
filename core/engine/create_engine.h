// Makes the Engine that computes: on a CPU or a CUDA device, with LibTorch.
//
//   EngineOptions options;
//   options.networks = {…};
//   absl::StatusOr<std::unique_ptr<Engine>> engine = CreateEngine(std::move(options));
//
// Threading: call once per process. CreateEngine reads the datasets' folders and
// returns; networks are opened behind it, in manifest order, and go from LOADING
// to READY or FAILED. The engine's destructor finishes the operator that runs,
// answers every call that waits with kUnavailable, and joins its threads.
#ifndef DEEPVISION_CORE_ENGINE_CREATE_ENGINE_H_
#define DEEPVISION_CORE_ENGINE_CREATE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/api/engine.h"
#include "core/api/manifest.h"

namespace deepvision {

struct EngineOptions {
  std::vector<NetworkManifest> networks;
  std::vector<DatasetManifest> datasets;
  std::string device = "auto";  // "auto", "cpu" or "cuda:N"
  // Intra-operator threads of a CPU device. 0: one per core. Another count may
  // change the last bits of results, so it is fixed for the engine's life.
  int threads = 0;
  std::string version = "0.1.0";  // of the server, for ProducedBy
  uint64_t max_image_pixels = uint64_t{64} << 20;
  size_t max_encoded_image_bytes = size_t{16} << 20;
  uint32_t max_queued_requests = 64;
  // What all requests together may hold of tensors that wait for their readers.
  uint64_t request_memory_bytes = uint64_t{2} << 30;
  // Layers of recent inputs that are kept; 0: none.
  uint64_t cache_bytes = uint64_t{512} << 20;
  // Inputs of late that are kept, and tensors made of them; 0: none.
  uint64_t input_cache_bytes = uint64_t{256} << 20;
  // Of one input that is stored; never more than input_cache_bytes.
  uint64_t max_upload_bytes = uint64_t{256} << 20;
  // For reading a model file, and again for running it once. What takes longer
  // is FAILED.
  absl::Duration load_timeout = absl::Minutes(5);
  // Where results of feature visualization are kept. Empty: in memory, the newest
  // ones, until the engine goes.
  std::string state_dir;
  uint64_t state_bytes = uint64_t{4} << 30;
  // Images of a visualization that are computed together: 1, 4 or 16; 0: measured.
  int visualization_width = 0;
  // Called from a thread of the engine with a line for the operator's log, which
  // may hold paths. May be empty.
  absl::AnyInvocable<void(absl::string_view) const> log;
  // Called from a thread of the engine with the time that a request spent in a
  // phase; must be short. May be empty. It is copied, and the copies live as long
  // as the sinks.
  std::function<void(Phase, absl::Duration)> on_phase;
};

// kInvalidArgument when the device is not there or a dataset cannot be opened;
// kFailedPrecondition when another process uses the state folder. The texts are for
// the operator.
absl::StatusOr<std::unique_ptr<Engine>> CreateEngine(EngineOptions options);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_CREATE_ENGINE_H_
