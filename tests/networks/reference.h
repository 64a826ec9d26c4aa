// Reads what make_references.py wrote; reference_file.py is the specification.
//
// Threading: plain values.
#ifndef DEEPVISION_TESTS_NETWORKS_REFERENCE_H_
#define DEEPVISION_TESTS_NETWORKS_REFERENCE_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// A row of numbers.
struct ReferenceRow {
  std::string role;
  std::string key;
  c10::ScalarType dtype = c10::ScalarType::Float;
  std::vector<int64_t> shape;
  uint64_t offset = 0;
  uint64_t byte_count = 0;
  std::vector<std::string> flags;

  bool HasFlag(absl::string_view flag) const;
  // The key and everything that `accept=` names.
  std::vector<std::string> AcceptedKeys() const;
};

struct ReferenceCase {
  std::string name;
  std::vector<ReferenceRow> rows;

  std::vector<const ReferenceRow*> RowsOf(absl::string_view role) const;
};

struct Reference {
  std::string file;  // the TorchScript file
  std::string data;
  std::map<std::string, std::string> facts;
  std::vector<ReferenceCase> cases;

  std::string Fact(const std::string& key) const;
  // Reads the numbers of a row.
  absl::StatusOr<at::Tensor> Read(const ReferenceRow& row) const;
};

// kInvalidArgument names the line that cannot be read.
absl::StatusOr<Reference> ReadReference(const std::string& index_path);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_NETWORKS_REFERENCE_H_
