#include "server/convert/field_reader.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/convert/field.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

constexpr size_t kMaxIdBytes = 1024;

}  // namespace

absl::Status CheckNumber(absl::string_view field, double value, double minimum, double maximum) {
  if (std::isfinite(value) && value >= minimum && value <= maximum) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, "; it must be ", minimum, " to ", maximum));
}

absl::Status CheckPositive(absl::string_view field, double value, double maximum) {
  if (std::isfinite(value) && value > 0 && value <= maximum) return absl::OkStatus();
  return FieldError(
      field, absl::StrCat("is ", value, "; it must be greater than 0 and at most ", maximum));
}

void FieldReader::Number(absl::string_view name, std::optional<double> value, double minimum,
                         double maximum, double* out) {
  if (!status_.ok() || !value) return;
  status_ = CheckNumber(FieldPath(path_, name), *value, minimum, maximum);
  *out = *value;
}

void FieldReader::Positive(absl::string_view name, std::optional<double> value, double maximum,
                           double* out) {
  if (!status_.ok() || !value) return;
  status_ = CheckPositive(FieldPath(path_, name), *value, maximum);
  *out = *value;
}

void FieldReader::Integer(absl::string_view name, std::optional<uint32_t> value, uint32_t minimum,
                          uint32_t maximum, int* out) {
  if (!status_.ok() || !value) return;
  status_ = CheckRange(FieldPath(path_, name), *value, minimum, maximum);
  if (status_.ok()) *out = static_cast<int>(*value);
}

void FieldReader::Index(absl::string_view name, std::optional<uint32_t> value,
                        std::optional<int>* out) {
  int index = 0;
  Integer(name, value, 0, INT32_MAX, &index);
  if (value && status_.ok()) *out = index;
}

void FieldReader::Id(absl::string_view name, const std::string& value, std::string* out) {
  if (!status_.ok() || value.empty()) return;
  status_ =
      CheckText(FieldPath(path_, name), value, kMaxIdBytes, "set it to an id, or leave it out");
  *out = value;
}

}  // namespace deepvision
