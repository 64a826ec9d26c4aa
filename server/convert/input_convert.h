// deepvision.v1.Input -> deepvision::Input, with every size checked.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_INPUT_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_INPUT_CONVERT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/input.h"
#include "deepvision/v1/input.pb.h"

namespace deepvision {

// Largest encoded picture inside a request, in bytes.
inline constexpr size_t kMaxEncodedImageBytes = size_t{16} << 20;

// Takes the bytes out of `input` without copying them. kInvalidArgument when no
// member is set, or when a member's size is not what its other fields say; the
// text names the field below `field` ("input.pixels.data: …").
absl::StatusOr<Input> FromProto(absl::string_view field, v1::Input&& input);

// An input of which `byte_count` bytes come later: the same checks, and what
// `input` itself holds of them must be empty. Only encoded_image, pixels and
// tensor.
absl::StatusOr<Input> FromProtoWithoutBytes(absl::string_view field, v1::Input&& input,
                                            uint64_t byte_count);

// The input without its bytes.
v1::Input ToProto(const Input& input);

// A visualization's id: "networks/NETWORK/visualizations/" and 64 hexadecimal
// digits.
absl::Status CheckVisualizationId(absl::string_view field, absl::string_view id);

// Puts in the bytes; nothing for an input that has none.
void SetBytes(Input& input, std::string bytes);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_INPUT_CONVERT_H_
