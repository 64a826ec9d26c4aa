// What store_writer writes, for it and for those who check.
#ifndef DEEPVISION_TESTS_CORE_STORE_WRITER_H_
#define DEEPVISION_TESTS_CORE_STORE_WRITER_H_

#include <cstdint>
#include <string>

#include "tests/core/store/records.h"

namespace deepvision {

constexpr int kWriterUnits = 24;

inline std::string WriterKey(int unit) { return "unit " + std::to_string(unit); }
inline VisualizationRecord WriterRecord(int unit, int number) {
  return MakeRecord(unit, number, 48);
}
// Not room for all units: some are forgotten all the time.
inline uint64_t WriterBytes() {
  return 18 * (EncodeRecord(WriterKey(0), WriterRecord(0, 0)).size() + 16);
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_STORE_WRITER_H_
