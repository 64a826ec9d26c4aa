#include "server/config/flags.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "Address and port to listen on; port 0 takes any free one. Beyond the loopback it needs "
          "TLS and tokens (or client certificates), or --insecure.");
ABSL_FLAG(std::vector<std::string>, projects, {},
          "Folders of projects (<folder>/<name>/project.textproto), separated by commas. Default: "
          "\"projects\", if there is such a folder.");
ABSL_FLAG(std::vector<std::string>, datasets, {},
          "Folders of datasets (<folder>/<name>/dataset.textproto), separated by commas. Default: "
          "\"datasets\", if there is such a folder.");
ABSL_FLAG(std::string, model, "",
          "A TorchScript file to open without a manifest; its id is made from the file name.");
ABSL_FLAG(std::string, device, "auto", "Device that computes: auto, cpu or cuda:N.");
ABSL_FLAG(int, threads, 0,
          "Threads of a CPU device. 0: one per core. Another count may change the last bits of "
          "results.");
ABSL_FLAG(
    int, visualization_width, 0,
    "Images of a visualization that are computed together: 1, 4 or 16; another width rounds "
    "otherwise. Where that is impossible (EXACT, networks that take no batches), the smallest. "
    "0: measured for each job. Results that are kept keep theirs.");
ABSL_FLAG(int64_t, max_request_bytes, int64_t{16} << 20, "Largest request, in bytes.");
ABSL_FLAG(int64_t, max_message_bytes, int64_t{1} << 20,
          "Largest message of a stream, in bytes: 65536 to 1048576.");
ABSL_FLAG(int64_t, max_image_pixels, int64_t{64} << 20,
          "Most pixels of a picture that is decoded.");
ABSL_FLAG(int, max_layers_per_request, 4096, "Most ids and globs of layers in one request.");
ABSL_FLAG(int, max_queued_requests, 64,
          "Requests that may wait for the device; one more is refused at once.");
ABSL_FLAG(int, max_concurrent_streams, 100, "Most calls of one connection at a time.");
ABSL_FLAG(absl::Duration, max_call_duration, absl::Minutes(30),
          "A call whose client set no deadline ends after this long.");
ABSL_FLAG(absl::Duration, load_timeout, absl::Minutes(5),
          "A network that takes longer to read, or to run for the first time, is FAILED.");
ABSL_FLAG(absl::Duration, stall_timeout, absl::Seconds(30),
          "A stream whose reader takes nothing for this long is cut off.");
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(20),
          "Time that running calls get after SIGTERM.");
ABSL_FLAG(std::string, log_level, "info", "debug, info, warning, error or off.");
ABSL_FLAG(bool, healthcheck, false,
          "Ask the server at --listen for its health instead of serving; the exit code is 0 when "
          "it is SERVING, else 1.");

namespace deepvision {
namespace {

void ConfigureUsage(absl::string_view version) {
  absl::SetProgramUsageMessage(
      "serves the topology, activations and visualizations of TorchScript networks over gRPC.\n\n"
      "  deepvision_server --projects=projects --datasets=datasets\n"
      "  deepvision_server --model=resnet18.pt\n");
  absl::FlagsUsageConfig config;
  // --help shows our flags, and none of the libraries'.
  config.contains_helpshort_flags = [](absl::string_view file) {
    return absl::StrContains(file, "server/config/");
  };
  config.contains_help_flags = config.contains_helpshort_flags;
  const std::string line = absl::StrCat("deepvision_server ", version, "\n");
  config.version_string = [line] { return line; };
  absl::SetFlagsUsageConfig(std::move(config));
}

absl::Status FlagError(absl::string_view flag, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, " ", problem));
}

absl::Status CheckSize(absl::string_view flag, int64_t value, int64_t minimum, int64_t maximum) {
  if (value >= minimum && value <= maximum) return absl::OkStatus();
  return FlagError(flag, absl::StrCat("is ", value, "; it must be ", minimum, " to ", maximum));
}

absl::Status CheckDuration(absl::string_view flag, absl::Duration value, absl::Duration minimum) {
  if (value >= minimum && value <= absl::Hours(24)) return absl::OkStatus();
  return FlagError(flag, absl::StrCat("is ", absl::FormatDuration(value), "; it must be ",
                                      absl::FormatDuration(minimum), " to 24h"));
}

absl::Status CheckDevice(absl::string_view device) {
  if (device == "auto" || device == "cpu" || absl::StartsWith(device, "cuda:")) {
    return absl::OkStatus();
  }
  return FlagError("device", absl::StrCat("is \"", device, "\"; it must be auto, cpu or cuda:N"));
}

// Before a value is put into a smaller or unsigned type.
absl::Status CheckLimits() {
  DV_RETURN_IF_ERROR(
      CheckSize("max_request_bytes", absl::GetFlag(FLAGS_max_request_bytes), 1 << 20, 1 << 30));
  DV_RETURN_IF_ERROR(
      CheckSize("max_message_bytes", absl::GetFlag(FLAGS_max_message_bytes), 1 << 16, 1 << 20));
  DV_RETURN_IF_ERROR(
      CheckSize("max_image_pixels", absl::GetFlag(FLAGS_max_image_pixels), 1 << 10, 1 << 30));
  DV_RETURN_IF_ERROR(
      CheckSize("max_layers_per_request", absl::GetFlag(FLAGS_max_layers_per_request), 1, 4096));
  DV_RETURN_IF_ERROR(
      CheckSize("max_queued_requests", absl::GetFlag(FLAGS_max_queued_requests), 1, 4096));
  return CheckSize("max_concurrent_streams", absl::GetFlag(FLAGS_max_concurrent_streams), 1, 10000);
}

absl::Status CheckFlags(const Flags& flags) {
  DV_RETURN_IF_ERROR(CheckSize("threads", flags.threads, 0, 1024));
  DV_RETURN_IF_ERROR(CheckDuration("max_call_duration", flags.max_call_duration, absl::Seconds(1)));
  DV_RETURN_IF_ERROR(CheckDuration("load_timeout", flags.load_timeout, absl::Seconds(1)));
  DV_RETURN_IF_ERROR(CheckDuration("stall_timeout", flags.stall_timeout, absl::Seconds(1)));
  DV_RETURN_IF_ERROR(CheckDuration("drain_timeout", flags.drain_timeout, absl::ZeroDuration()));
  if (const int width = flags.visualization_width;
      width != 0 && width != 1 && width != 4 && width != 16) {
    return FlagError("visualization_width", absl::StrCat("is ", width, "; it must be 1, 4 or 16, ",
                                                         "or 0 to have it measured"));
  }
  if (flags.listen.empty()) return FlagError("listen", "is empty; set it to ADDRESS:PORT");
  return CheckDevice(flags.device);
}

}  // namespace

absl::StatusOr<Flags> ParseFlags(int argc, char** argv, absl::string_view version) {
  ConfigureUsage(version);
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", rest[1], "\" is no flag; flags are written --name=value, see --help"));
  }
  DV_RETURN_IF_ERROR(CheckLimits());
  Flags flags;
  flags.listen = absl::GetFlag(FLAGS_listen);
  flags.projects = absl::GetFlag(FLAGS_projects);
  flags.datasets = absl::GetFlag(FLAGS_datasets);
  flags.model = absl::GetFlag(FLAGS_model);
  flags.device = absl::GetFlag(FLAGS_device);
  flags.threads = absl::GetFlag(FLAGS_threads);
  flags.visualization_width = absl::GetFlag(FLAGS_visualization_width);
  flags.max_request_bytes = static_cast<uint64_t>(absl::GetFlag(FLAGS_max_request_bytes));
  flags.max_message_bytes = static_cast<uint32_t>(absl::GetFlag(FLAGS_max_message_bytes));
  flags.max_image_pixels = static_cast<uint64_t>(absl::GetFlag(FLAGS_max_image_pixels));
  flags.max_layers_per_request = static_cast<uint32_t>(absl::GetFlag(FLAGS_max_layers_per_request));
  flags.max_queued_requests = static_cast<uint32_t>(absl::GetFlag(FLAGS_max_queued_requests));
  flags.max_concurrent_streams = static_cast<uint32_t>(absl::GetFlag(FLAGS_max_concurrent_streams));
  flags.max_call_duration = absl::GetFlag(FLAGS_max_call_duration);
  flags.load_timeout = absl::GetFlag(FLAGS_load_timeout);
  flags.stall_timeout = absl::GetFlag(FLAGS_stall_timeout);
  flags.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  flags.log_level = absl::GetFlag(FLAGS_log_level);
  flags.healthcheck = absl::GetFlag(FLAGS_healthcheck);
  DV_ASSIGN_OR_RETURN(flags.doors, ReadDoorFlags());
  DV_ASSIGN_OR_RETURN(flags.caches, ReadCacheFlags());
  DV_ASSIGN_OR_RETURN(flags.state, ReadStateFlags());
  DV_RETURN_IF_ERROR(CheckFlags(flags));
  return flags;
}

}  // namespace deepvision
