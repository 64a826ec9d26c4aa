#include "server/convert/field.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/convert/status_convert.h"

namespace deepvision {

std::string FieldPath(absl::string_view parent, absl::string_view name) {
  return parent.empty() ? std::string(name) : absl::StrCat(parent, ".", name);
}

std::string ElementPath(absl::string_view list, int index) {
  return absl::StrCat(list, "[", index, "]");
}

absl::Status CheckRange(absl::string_view field, uint64_t value, uint64_t minimum,
                        uint64_t maximum) {
  if (value >= minimum && value <= maximum) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, "; it must be ", minimum, " to ", maximum));
}

absl::Status CheckText(absl::string_view field, absl::string_view value, size_t max_bytes,
                       absl::string_view what_to_do) {
  if (value.empty()) return FieldError(field, absl::StrCat("is empty; ", what_to_do));
  if (value.size() <= max_bytes) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value.size(), " bytes long, more than the ",
                                        max_bytes, " allowed; ", what_to_do));
}

absl::Status CheckNetworkId(absl::string_view network) {
  return CheckText("network", network, 64, "set it to an id from ListNetworks");
}

absl::Status CheckDigest(absl::string_view field, absl::string_view value) {
  const bool hexadecimal = std::all_of(value.begin(), value.end(), absl::ascii_isxdigit);
  if (value.empty() || (value.size() == 64 && hexadecimal)) return absl::OkStatus();
  return FieldError(field,
                    "is not a SHA-256; it must be 64 hexadecimal digits, as in Network.digest, "
                    "or empty");
}

absl::Status CheckCount(absl::string_view field, int count, int maximum) {
  if (count <= maximum) return absl::OkStatus();
  return FieldError(field, absl::StrCat("has ", count, " entries, more than the ", maximum,
                                        " allowed; leave some out"));
}

absl::Status CheckLayerCount(int count, uint32_t maximum) {
  if (static_cast<uint32_t>(count) <= maximum) return absl::OkStatus();
  return FieldError("layers", absl::StrCat("has ", count, " entries, more than the ", maximum,
                                           " allowed; use globs"));
}

absl::Status CheckMaxMessageBytes(uint32_t value, uint32_t maximum) {
  if (value == 0) return absl::OkStatus();
  return CheckRange("max_message_bytes", value, 65536, maximum);
}

}  // namespace deepvision
