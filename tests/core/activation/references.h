// The arrays that tests/data/make_activation_references.py wrote: what NumPy and
// PyTorch say.
//
//   const std::vector<float> values = Reference<float>("codes.normal.values");
#ifndef DEEPVISION_TESTS_CORE_ACTIVATION_REFERENCES_H_
#define DEEPVISION_TESTS_CORE_ACTIVATION_REFERENCES_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/support/reference_arrays.h"

namespace deepvision {

// Throws std::runtime_error when there is none of this name.
const ReferenceArray& FindReference(const std::string& name);
bool HasReference(const std::string& name);

template <typename T>
std::vector<T> Reference(const std::string& name) {
  const ReferenceArray& array = FindReference(name);
  std::vector<T> values(array.bytes.size() / sizeof(T));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_ACTIVATION_REFERENCES_H_
