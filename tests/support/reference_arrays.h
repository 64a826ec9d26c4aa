// The arrays that a script of tests/data wrote with reference_writer.py: what
// independent programs say.
//
//   const ReferenceArrays references("activation");
//   const std::vector<float> values = references.Get<float>("codes.normal.values");
//
// Threading: immutable. A name that is not there throws std::runtime_error.
#ifndef DEEPVISION_TESTS_SUPPORT_REFERENCE_ARRAYS_H_
#define DEEPVISION_TESTS_SUPPORT_REFERENCE_ARRAYS_H_

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace deepvision {

struct ReferenceArray {
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;
};

class ReferenceArrays {
 public:
  // A folder of tests/data.
  explicit ReferenceArrays(const std::string& folder);

  const ReferenceArray& Find(const std::string& name) const;
  bool Has(const std::string& name) const { return arrays_.count(name) != 0; }

  template <typename T>
  std::vector<T> Get(const std::string& name) const {
    const ReferenceArray& array = Find(name);
    std::vector<T> values(array.bytes.size() / sizeof(T));
    std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
    return values;
  }

 private:
  std::map<std::string, ReferenceArray> arrays_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_REFERENCE_ARRAYS_H_
