// Records for tests: all that is in them follows from the unit and a number, so
// that whoever reads one can tell whether it is whole.
#ifndef DEEPVISION_TESTS_CORE_STORE_RECORDS_H_
#define DEEPVISION_TESTS_CORE_STORE_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/visualization_record.h"

namespace deepvision {

inline HostBuffer PatternOf(size_t bytes, int unit, int number) {
  std::vector<uint8_t> pattern(bytes);
  uint32_t state = static_cast<uint32_t>(unit) * 2654435761U + static_cast<uint32_t>(number) + 1;
  for (uint8_t& byte : pattern) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return HostBuffer(std::move(pattern));
}

inline VisualizationRecord MakeRecord(int unit, int number = 0, int side = 8) {
  VisualizationRecord record;
  record.network = "demo";
  record.model_digest = "model";
  record.layer = "conv1";
  record.unit = unit;
  record.job = "job " + std::to_string(number);
  record.channels = 3;
  record.display_channels = 1;
  record.height = side;
  record.width = side + 1;
  record.steps = number;
  record.restarts = 1;
  record.produced_by = {"cpu", "2.11", 2, Numerics::kFast};
  record.batch_width = 4;
  record.compute_time = absl::Milliseconds(12);
  record.finished = absl::FromUnixMicros(1'700'000'000'000'000 + number);
  const size_t positions = static_cast<size_t>(record.height) * static_cast<size_t>(record.width);
  for (int image = 0; image < 2; ++image) {
    RecordedImage made;
    made.values = PatternOf(positions * 12, unit, number + image);
    made.display = PatternOf(positions * 4, unit, number + 7);
    made.transparency = image == 1 ? PatternOf(positions * 4, unit, number + 8) : HostBuffer();
    made.quality = {1.5F, image == 0 ? std::optional<float>(2.5F) : std::nullopt, 0.25F, 0.125F};
    made.snapshots = {{1, 0.5F, 3, 2, 2, PatternOf(12, unit, number)},
                      {9, 0.75F, 1, 1, 3, PatternOf(3, unit, number)}};
    record.images.push_back(std::move(made));
  }
  return record;
}

inline bool IsWhole(const VisualizationRecord& record, const VisualizationRecord& expected) {
  return EncodeRecord("", record) == EncodeRecord("", expected);
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_STORE_RECORDS_H_
