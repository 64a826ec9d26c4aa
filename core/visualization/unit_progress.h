// How far a unit has come.
#ifndef DEEPVISION_CORE_VISUALIZATION_UNIT_PROGRESS_H_
#define DEEPVISION_CORE_VISUALIZATION_UNIT_PROGRESS_H_

namespace deepvision {

struct UnitProgress {
  // RUNNING -> DONE    all steps were made
  // RUNNING -> DEAD    no gradient at all for 16 steps in a row
  // RUNNING -> FAILED  numbers that are not finite, after three restarts
  enum class State { kRunning, kDone, kDead, kFailed };

  int unit = 0;
  State state = State::kRunning;
  int step = 0;              // steps made; of FAILED: the one that failed
  double objective = 0;      // of the last step, without penalties
  double gradient_norm = 0;  // of the last step, L2, of the parameters
  int restarts = 0;          // each from a new start, with all steps before it
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_UNIT_PROGRESS_H_
