#include "server/lifecycle/signals.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace deepvision {
namespace {

// Runs `body` in a child; returns once the child has written to the pipe that
// `body` gets.
template <typename Body>
pid_t ForkUntilReady(Body body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    BlockStopSignals();
    body(ends[1]);
    _exit(99);
  }
  char byte = 0;
  REQUIRE(read(ends[0], &byte, 1) == 1);
  close(ends[0]);
  close(ends[1]);
  return child;
}

void SayReady(int pipe) {
  const char byte = 1;
  if (write(pipe, &byte, 1) != 1) _exit(98);
}

int ExitCode(pid_t child) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("SIGTERM and SIGINT are fetched, not fatal", "[server][lifecycle]") {
  for (int number : {SIGTERM, SIGINT}) {
    const pid_t child = ForkUntilReady([](int pipe) {
      SayReady(pipe);
      _exit(WaitForStopSignal());
    });
    kill(child, number);
    CHECK(ExitCode(child) == number);
  }
}

TEST_CASE("a second signal stops the process at once", "[server][lifecycle]") {
  const pid_t child = ForkUntilReady([](int pipe) {
    StopAtOnceOnNextSignal();
    SayReady(pipe);
    while (true) pause();
  });
  kill(child, SIGINT);
  CHECK(ExitCode(child) == 128 + SIGINT);
}

}  // namespace
}  // namespace deepvision
