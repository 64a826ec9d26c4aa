// Small tensors for tests.
#ifndef DEEPVISION_TESTS_CORE_ACTIVATION_TENSORS_H_
#define DEEPVISION_TESTS_CORE_ACTIVATION_TENSORS_H_

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/api/host_buffer.h"

namespace deepvision {

// A contiguous tensor with these values.
template <typename T>
at::Tensor TensorOf(const std::vector<T>& values, const std::vector<int64_t>& shape) {
  T* const data = const_cast<T*>(values.data());
  return at::from_blob(data, shape, c10::CppTypeToScalarType<T>::value).clone();
}

// The bytes of a buffer as numbers.
template <typename T>
std::vector<T> NumbersIn(const HostBuffer& buffer) {
  std::vector<T> numbers(buffer.size() / sizeof(T));
  if (!numbers.empty()) std::memcpy(numbers.data(), buffer.data(), buffer.size());
  return numbers;
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_ACTIVATION_TENSORS_H_
