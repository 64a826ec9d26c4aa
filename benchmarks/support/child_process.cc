#include "benchmarks/support/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

extern char** environ;

namespace deepvision {
namespace {

struct Pipe {
  int read = -1;
  int write = -1;
};

absl::StatusOr<Pipe> MakePipe() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::InternalError(std::strerror(errno));
  return Pipe{ends[0], ends[1]};
}

// What the child sees as 0, 1 and 2.
class Files {
 public:
  Files() { posix_spawn_file_actions_init(&actions_); }
  ~Files() { posix_spawn_file_actions_destroy(&actions_); }
  void Use(int file, int as) { posix_spawn_file_actions_adddup2(&actions_, file, as); }
  void Drop(int as) { posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", O_WRONLY, 0); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

absl::StatusOr<pid_t> Spawn(std::vector<std::string>& command, const Files& files) {
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, arguments[0], files.get(), nullptr, arguments.data(), environ);
  if (error == 0) return pid;
  return absl::NotFoundError(absl::StrCat(command[0], ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(std::vector<std::string> command,
                                                                  Output output) {
  DV_ASSIGN_OR_RETURN(const Pipe in, MakePipe());
  DV_ASSIGN_OR_RETURN(const Pipe out, MakePipe());
  Files files;
  files.Use(in.read, STDIN_FILENO);
  if (output == Output::kLines) {
    files.Use(out.write, STDOUT_FILENO);
  } else {
    files.Drop(STDOUT_FILENO);
    files.Drop(STDERR_FILENO);
  }
  const absl::StatusOr<pid_t> pid = Spawn(command, files);
  close(in.read);
  close(out.write);
  if (!pid.ok()) return pid.status();
  return absl::WrapUnique(new ChildProcess(*pid, fdopen(in.write, "w"), fdopen(out.read, "r")));
}

ChildProcess::~ChildProcess() {
  std::fclose(input_);
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  std::fclose(output_);
}

absl::StatusOr<std::string> ChildProcess::ReadLine() {
  std::array<char, 4096> line;
  if (std::fgets(line.data(), line.size(), output_) == nullptr) {
    return absl::UnavailableError("the process that was started has ended; its errors are above");
  }
  return std::string(line.data(), std::strcspn(line.data(), "\n"));
}

void ChildProcess::WriteLine(const std::string& line) {
  std::fprintf(input_, "%s\n", line.c_str());
  std::fflush(input_);
}

double ChildProcess::CpuSeconds() const {
  clockid_t clock;
  timespec time;
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace deepvision
