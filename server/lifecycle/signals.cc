#include "server/lifecycle/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <thread>

namespace deepvision {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockStopSignals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int WaitForStopSignal() {
  const sigset_t set = StopSignals();
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  return number;
}

void RequestStop() {
  static std::once_flag once;
  std::call_once(once, [] { kill(getpid(), SIGTERM); });
}

void StopAtOnceOnNextSignal() {
  std::thread([] { _exit(128 + WaitForStopSignal()); }).detach();
}

}  // namespace deepvision
