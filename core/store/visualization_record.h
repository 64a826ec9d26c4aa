// One unit's visualization as the store keeps it, and its bytes on disk.
//
// Threading: plain values and functions.
#ifndef DEEPVISION_CORE_STORE_VISUALIZATION_RECORD_H_
#define DEEPVISION_CORE_STORE_VISUALIZATION_RECORD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/api/host_buffer.h"
#include "core/api/types.h"
#include "core/api/visualization.h"

namespace deepvision {

// The image on its way, small, as it is shown: a cached result still tells how it
// grew.
struct RecordedSnapshot {
  int step = 0;
  float objective = 0;
  int channels = 3;
  int height = 0;
  int width = 0;
  HostBuffer pixels;  // uint8 [height, width, channels]
};

struct RecordedImage {
  HostBuffer values;        // float32 [channels, height, width], as the network reads it
  HostBuffer display;       // float32 [display_channels, height, width], 0..1, as it is shown
  HostBuffer transparency;  // float32 [height, width], 0..1; empty: opaque
  VisualizationQuality quality;
  std::vector<RecordedSnapshot> snapshots;  // by step
};

struct VisualizationRecord {
  std::string network;
  std::string model_digest;
  std::string layer;
  int unit = 0;
  std::string job;  // digest of the job that made it
  int channels = 0;
  int display_channels = 3;  // 1 gray, 3 red, green, blue
  int height = 0;
  int width = 0;
  std::vector<RecordedImage> images;  // of the unit's group
  int steps = 0;
  int restarts = 0;
  ProducedBy produced_by;
  int batch_width = 0;
  absl::Duration compute_time;
  absl::Time finished;  // to the microsecond
};

// The record of `key` as bytes.
std::string EncodeRecord(const std::string& key, const VisualizationRecord& record);

// The key that these bytes are of. kDataLoss when they are no record's.
absl::StatusOr<std::string> KeyOfRecord(HostBuffer bytes);

// The record, whose blocks share `bytes`. kDataLoss when these are not the bytes
// of a record of `key` whose images have the sizes that it names.
absl::StatusOr<VisualizationRecord> DecodeRecord(const std::string& key, HostBuffer bytes);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_VISUALIZATION_RECORD_H_
