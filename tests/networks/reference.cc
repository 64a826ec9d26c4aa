#include "tests/networks/reference.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

using Columns = std::vector<std::string>;

absl::StatusOr<c10::ScalarType> ParseDtype(const std::string& name) {
  static const std::map<std::string, c10::ScalarType> types = {{"float32", c10::kFloat},
                                                               {"float64", c10::kDouble},
                                                               {"float16", c10::kHalf},
                                                               {"bfloat16", c10::kBFloat16},
                                                               {"int64", c10::kLong},
                                                               {"int32", c10::kInt},
                                                               {"int16", c10::kShort},
                                                               {"int8", c10::kChar},
                                                               {"uint8", c10::kByte},
                                                               {"bool", c10::kBool},
                                                               {"complex64", c10::kComplexFloat},
                                                               {"complex128", c10::kComplexDouble}};
  const auto found = types.find(name);
  if (found == types.end()) return absl::InvalidArgumentError(absl::StrCat("dtype ", name));
  return found->second;
}

absl::StatusOr<std::vector<int64_t>> ParseShape(const std::string& text) {
  std::vector<int64_t> shape;
  if (text.empty()) return shape;
  for (const std::string& part : Columns(absl::StrSplit(text, ','))) {
    if (!absl::SimpleAtoi(part, &shape.emplace_back())) {
      return absl::InvalidArgumentError(absl::StrCat("shape ", text));
    }
  }
  return shape;
}

absl::StatusOr<ReferenceRow> ParseRow(const Columns& columns) {
  if (columns.size() < 6) return absl::InvalidArgumentError("too few columns");
  ReferenceRow row;
  row.role = columns[0];
  row.key = columns[1];
  DV_ASSIGN_OR_RETURN(row.dtype, ParseDtype(columns[2]));
  DV_ASSIGN_OR_RETURN(row.shape, ParseShape(columns[3]));
  if (!absl::SimpleAtoi(columns[4], &row.offset) ||
      !absl::SimpleAtoi(columns[5], &row.byte_count)) {
    return absl::InvalidArgumentError("offset or size");
  }
  row.flags.assign(columns.begin() + 6, columns.end());
  return row;
}

absl::Status AddLine(const std::string& line, const std::filesystem::path& folder,
                     Reference& reference) {
  const Columns columns = absl::StrSplit(line, '\t');
  if (columns.size() == 2 && columns[0] == "file") {
    reference.file = folder / columns[1];
  } else if (columns.size() == 2 && columns[0] == "data") {
    reference.data = folder / columns[1];
  } else if (columns.size() == 2 && columns[0] == "case") {
    reference.cases.push_back({columns[1], {}});
  } else if (columns.size() == 3 && columns[0] == "fact") {
    reference.facts[columns[1]] = columns[2];
  } else {
    if (reference.cases.empty()) return absl::InvalidArgumentError("numbers before the first case");
    DV_ASSIGN_OR_RETURN(ReferenceRow row, ParseRow(columns));
    reference.cases.back().rows.push_back(std::move(row));
  }
  return absl::OkStatus();
}

}  // namespace

bool ReferenceRow::HasFlag(absl::string_view flag) const {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::vector<std::string> ReferenceRow::AcceptedKeys() const {
  std::vector<std::string> keys = {key};
  for (const std::string& flag : flags) {
    if (absl::StartsWith(flag, "accept=")) keys.push_back(flag.substr(7));
  }
  return keys;
}

std::vector<const ReferenceRow*> ReferenceCase::RowsOf(absl::string_view role) const {
  std::vector<const ReferenceRow*> found;
  for (const ReferenceRow& row : rows) {
    if (row.role == role) found.push_back(&row);
  }
  return found;
}

std::string Reference::Fact(const std::string& key) const {
  const auto found = facts.find(key);
  return found == facts.end() ? "" : found->second;
}

absl::StatusOr<at::Tensor> Reference::Read(const ReferenceRow& row) const {
  at::Tensor tensor = at::empty(row.shape, at::TensorOptions().dtype(row.dtype));
  if (tensor.nbytes() != row.byte_count) {
    return absl::InvalidArgumentError(absl::StrCat(row.key, ": the size does not fit the shape"));
  }
  std::ifstream stream(data, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(row.offset));
  stream.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(row.byte_count));
  if (!stream) return absl::DataLossError(absl::StrCat(row.key, ": the data file is too short"));
  return tensor;
}

absl::StatusOr<Reference> ReadReference(const std::string& index_path) {
  std::ifstream stream(index_path);
  if (!stream) return absl::NotFoundError(absl::StrCat("cannot read ", index_path));
  Reference reference;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    const absl::Status status =
        AddLine(line, std::filesystem::path(index_path).parent_path(), reference);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(index_path, ":", number, ": ", status.message()));
    }
  }
  return reference;
}

}  // namespace deepvision
