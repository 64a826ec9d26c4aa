// Compares what core/loader and core/graph make of a TorchScript file with what
// PyTorch computed eagerly.
//
// Threading: blocks; uses the intra-op threads that the reference names.
#ifndef DEEPVISION_TESTS_NETWORKS_NETWORK_CHECK_H_
#define DEEPVISION_TESTS_NETWORKS_NETWORK_CHECK_H_

#include <string>
#include <vector>

#include "tests/networks/difference.h"
#include "tests/networks/reference.h"

namespace deepvision {

struct Tally {
  int compared = 0;
  int bitwise = 0;
  double worst = 0;

  void Add(const Difference& difference);
};

struct NetworkReport {
  int cases = 0;
  int graphs = 0;      // specialisations that the cases needed
  int not_stored = 0;  // optional values that the file does not hold
  Tally modules;
  Tally outputs;
  Tally gradients;
  double open_ms = 0;
  std::string first_rounded;  // the first value that is not bitwise equal
  std::vector<std::string> problems;
};

// Opens the file and checks every case: all module outputs in one pass, network
// outputs bitwise, a second run, the untouched input, gradients. A file that
// must be refused is checked for that.
NetworkReport CheckNetwork(const Reference& reference);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_NETWORKS_NETWORK_CHECK_H_
