#include "tests/support/reference_arrays.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace deepvision {
namespace {

size_t BytesPer(const std::string& dtype) {
  static const std::map<std::string, size_t> sizes = {
      {"uint8", 1}, {"uint16", 2}, {"float32", 4}, {"float64", 8}};
  return sizes.at(dtype);
}

}  // namespace

ReferenceArrays::ReferenceArrays(const std::string& folder) {
  const std::string path = DEEPVISION_TEST_DATA "/" + folder;
  std::ifstream data(path + "/values.bin", std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(data), {}};
  std::ifstream index(path + "/index.txt");
  for (std::string line; std::getline(index, line);) {
    std::istringstream words(line);
    std::string name;
    ReferenceArray array;
    size_t offset = 0;
    words >> name >> array.dtype >> offset;
    size_t size = BytesPer(array.dtype);
    for (int64_t length = 0; words >> length; size *= static_cast<size_t>(length)) {
      array.shape.push_back(length);
    }
    if (offset + size > bytes.size()) throw std::runtime_error("values.bin is too short");
    array.bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                       bytes.begin() + static_cast<std::ptrdiff_t>(offset + size));
    arrays_[name] = std::move(array);
  }
}

const ReferenceArray& ReferenceArrays::Find(const std::string& name) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) throw std::runtime_error("no reference named " + name);
  return found->second;
}

}  // namespace deepvision
