// Writes the model file of RealServer: apart, because torch and protobuf never
// meet in one file.
#ifndef DEEPVISION_TESTS_INTEGRATION_SMALL_NETWORK_H_
#define DEEPVISION_TESTS_INTEGRATION_SMALL_NETWORK_H_

#include <string>

namespace deepvision {

void SaveSmallNetwork(const std::string& path);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_INTEGRATION_SMALL_NETWORK_H_
