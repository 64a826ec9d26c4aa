// What an operator watches: numbers of an engine, for metrics and for tests that
// check that everything returns to zero.
#ifndef DEEPVISION_CORE_API_STATISTICS_H_
#define DEEPVISION_CORE_API_STATISTICS_H_

#include <cstdint>

namespace deepvision {

// A cache that holds at most `capacity_bytes`.
struct CacheStatistics {
  uint64_t hits = 0;    // since start
  uint64_t misses = 0;  // since start
  uint64_t entries = 0;
  uint64_t bytes = 0;
  uint64_t capacity_bytes = 0;
};

// Jobs of feature visualization. At rest: 0, but for what is counted since start.
struct VisualizationStatistics {
  uint64_t queued_jobs = 0;
  uint64_t running_jobs = 0;  // at most one of them computes at a time
  uint64_t watchers = 0;
  uint64_t unsaved_units = 0;  // that the disk refused, since start
  CacheStatistics store;       // results on disk; all 0 without
};

// Gauges of this moment, and counters since start. "At rest" is the value when no
// request is alive.
struct EngineStatistics {
  uint64_t interactive_queue = 0;  // tasks that wait for the device; 0 at rest
  uint64_t background_queue = 0;   // as above; loading and jobs
  uint64_t host_queue = 0;         // tasks that wait for the host pool; 0 at rest
  uint64_t reading_files = 0;      // threads that read model files, given-up ones too; 0 at rest
  uint64_t budget_bytes = 0;       // reserved by requests; 0 at rest
  uint64_t budget_limit_bytes = 0;
  uint64_t live_buffers = 0;         // encoded buffers that someone holds; 0 at rest
  uint64_t live_buffer_bytes = 0;    // their bytes; 0 at rest
  uint64_t busy_cores = 0;           // cores that tasks hold now
  uint64_t most_busy_cores = 0;      // most at one time since start; never more than there are
  uint64_t forward_passes = 0;       // plans that ran at least one operator, since start
  uint64_t operators = 0;            // that ran in them, since start
  uint64_t device_memory_bytes = 0;  // in use; of a CPU by the whole process
  CacheStatistics activations;
  CacheStatistics inputs;
  VisualizationStatistics visualizations;
};

// What a request spends its time on.
enum class Phase {
  kQueue,    // waits for the host pool or the device
  kPrepare,  // decodes and resizes its input
  kCompute,  // runs operators
  kEncode,   // makes bytes of tensors
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_STATISTICS_H_
