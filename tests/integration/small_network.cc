#include "tests/integration/small_network.h"

#include "tests/support/scripted_model.h"

namespace deepvision {

void SaveSmallNetwork(const std::string& path) { SaveSmallResidualNetwork(path); }

}  // namespace deepvision
