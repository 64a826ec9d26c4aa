// Checks that many fields share. Each returns kInvalidArgument whose text begins
// with the path of the field ("layers[2].max_side: …") and says what to do.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_FIELD_H_
#define DEEPVISION_SERVER_CONVERT_FIELD_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// "a.b", or "b" when `parent` is empty.
std::string FieldPath(absl::string_view parent, absl::string_view name);
// "layers[2]".
std::string ElementPath(absl::string_view list, int index);

// minimum <= value <= maximum.
absl::Status CheckRange(absl::string_view field, uint64_t value, uint64_t minimum,
                        uint64_t maximum);
// Not empty and at most `max_bytes` long; `what_to_do` ends the sentence, for
// example "set it to an id from ListNetworks".
absl::Status CheckText(absl::string_view field, absl::string_view value, size_t max_bytes,
                       absl::string_view what_to_do);
// A network id as a request holds it: present and of sane length. Whether it
// exists is for the engine to say.
absl::Status CheckNetworkId(absl::string_view network);
// Empty, or 64 hexadecimal digits.
absl::Status CheckDigest(absl::string_view field, absl::string_view value);

// At most `maximum` entries.
absl::Status CheckCount(absl::string_view field, int count, int maximum);

// How many layers a request may name, in its field `layers`.
absl::Status CheckLayerCount(int count, uint32_t maximum);

// Bytes per message of a stream: 0 is `maximum`, else 65536..maximum.
absl::Status CheckMaxMessageBytes(uint32_t value, uint32_t maximum);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_FIELD_H_
