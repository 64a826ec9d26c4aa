// Changes one thing in a message: most mutations of its bytes are no message
// any more, and say little about what comes behind the parser.
//
// Threading: plain function.
#ifndef DEEPVISION_TESTS_FUZZ_MUTATE_MESSAGE_H_
#define DEEPVISION_TESTS_FUZZ_MUTATE_MESSAGE_H_

#include <google/protobuf/message.h>

#include <random>

namespace deepvision {

// Sets, changes, adds or removes a field, perhaps deep inside.
void MutateMessage(google::protobuf::Message* message, std::mt19937* random);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_FUZZ_MUTATE_MESSAGE_H_
