// Reads the fields of one message that may be absent, each with its bounds; the
// first field that is wrong is the error.
//
//   FieldReader read("spec.robust");
//   read.Number("step_length", Given(m.has_step_length(), m.step_length()), 0, 9,
//   &out.step_length); DV_RETURN_IF_ERROR(read.status());
//
// Threading: one thread.
#ifndef DEEPVISION_SERVER_CONVERT_FIELD_READER_H_
#define DEEPVISION_SERVER_CONVERT_FIELD_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// Finite, and minimum <= value <= maximum; kInvalidArgument naming the field.
absl::Status CheckNumber(absl::string_view field, double value, double minimum, double maximum);
// Finite, and 0 < value <= maximum.
absl::Status CheckPositive(absl::string_view field, double value, double maximum);

template <typename T>
std::optional<T> Given(bool has, T value) {
  return has ? std::optional<T>(value) : std::nullopt;
}

class FieldReader {
 public:
  explicit FieldReader(std::string path) : path_(std::move(path)) {}

  // What is absent leaves `out` as it is.
  void Number(absl::string_view name, std::optional<double> value, double minimum, double maximum,
              double* out);
  void Positive(absl::string_view name, std::optional<double> value, double maximum, double* out);
  void Integer(absl::string_view name, std::optional<uint32_t> value, uint32_t minimum,
               uint32_t maximum, int* out);
  // An index, without an upper bound.
  void Index(absl::string_view name, std::optional<uint32_t> value, std::optional<int>* out);
  // Empty, or of sane length.
  void Id(absl::string_view name, const std::string& value, std::string* out);

  const absl::Status& status() const { return status_; }

 private:
  const std::string path_;
  absl::Status status_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_FIELD_READER_H_
