// The name of an Input: equal values have equal digests, whatever the network.
//
// Threading: plain function. Hashes all bytes of the input on the calling thread.
#ifndef DEEPVISION_CORE_INPUT_INPUT_DIGEST_H_
#define DEEPVISION_CORE_INPUT_INPUT_DIGEST_H_

#include <string>

#include "core/api/input.h"

namespace deepvision {

// SHA-256, as 64 hexadecimal digits, of the member's name and its fields in the
// order of core/api/input.h: numbers as 8 bytes little-endian, texts and bytes
// after their length. An empty noise generator counts as the default one.
// InputByDigest has the digest that it names.
std::string InputDigest(const Input& input);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_INPUT_DIGEST_H_
