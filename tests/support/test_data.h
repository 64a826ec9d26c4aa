// Files of tests/data.
#ifndef DEEPVISION_TESTS_SUPPORT_TEST_DATA_H_
#define DEEPVISION_TESTS_SUPPORT_TEST_DATA_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace deepvision {

inline std::filesystem::path TestDataPath(const std::string& name) {
  return std::filesystem::path(DEEPVISION_TEST_DATA) / name;
}

// The bytes of a file; none when it cannot be opened.
inline std::vector<uint8_t> ReadTestFile(const std::string& name) {
  std::ifstream file(TestDataPath(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_TEST_DATA_H_
