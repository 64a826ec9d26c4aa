// How the threads of a forward pass wait for each other; see docs/adr/0009.
//
// Threading: call once, before other threads.
#ifndef DEEPVISION_SERVER_LIFECYCLE_SPINNING_H_
#define DEEPVISION_SERVER_LIFECYCLE_SPINNING_H_

namespace deepvision {

// Starts the program again with GOMP_SPINCOUNT in its environment, because the
// OpenMP library reads it when it is loaded. Does nothing when OMP_WAIT_POLICY or
// GOMP_SPINCOUNT is set, and goes on without it when the start fails.
void LimitSpinning(char** argv);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_SPINNING_H_
