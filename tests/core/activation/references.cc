#include "tests/core/activation/references.h"

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>

namespace deepvision {
namespace {

using References = std::map<std::string, ReferenceArray>;

size_t BytesPer(const std::string& dtype) {
  static const std::map<std::string, size_t> sizes = {
      {"uint8", 1}, {"uint16", 2}, {"float32", 4}, {"float64", 8}};
  return sizes.at(dtype);
}

References ReadAll(const std::string& folder) {
  std::ifstream data(folder + "/values.bin", std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(data), {}};
  std::ifstream index(folder + "/index.txt");
  References references;
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
    references[name] = std::move(array);
  }
  return references;
}

const References& All() {
  static const References references = ReadAll(DEEPVISION_TEST_DATA "/activation");
  return references;
}

}  // namespace

bool HasReference(const std::string& name) { return All().count(name) != 0; }

const ReferenceArray& FindReference(const std::string& name) {
  const auto found = All().find(name);
  if (found == All().end()) throw std::runtime_error("no reference named " + name);
  return found->second;
}

}  // namespace deepvision
