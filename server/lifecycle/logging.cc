#include "server/lifecycle/logging.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

// For a value in quotes.
std::string Clean(absl::string_view text) { return absl::Utf8SafeCHexEscape(text); }

// For a line of our own, which may quote names from outside.
std::string OneLine(absl::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return line;
}

// Our bugs are errors; what a client did wrong is not.
spdlog::level::level_enum LevelOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return spdlog::level::err;
    default:
      return spdlog::level::info;
  }
}

// What gRPC has to say is about connections, not about us.
void LogGrpc(gpr_log_func_args* args) {
  spdlog::log(args->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug,
              "grpc {}", OneLine(args->message));
}

// Parse errors come from clients and are answered as INVALID_ARGUMENT.
void LogProtobuf(google::protobuf::LogLevel, const char*, int, const std::string& message) {
  spdlog::debug("protobuf {}", OneLine(message));
}

}  // namespace

absl::Status ConfigureLogging(absl::string_view level) {
  const spdlog::level::level_enum parsed = spdlog::level::from_str(std::string(level));
  if (parsed == spdlog::level::off && level != "off") {
    return absl::InvalidArgumentError(
        absl::StrCat("--log_level=", level, ": it must be debug, info, warning, error or off"));
  }
  auto logger = std::make_shared<spdlog::logger>("deepvision",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  gpr_set_log_function(LogGrpc);
  google::protobuf::SetLogHandler(LogProtobuf);
  return absl::OkStatus();
}

void LogCall(const CallSummary& call) {
  const std::string error =
      call.status.ok() ? "" : absl::StrCat(" error=\"", Clean(call.status.message()), "\"");
  const std::string client = call.client.empty() ? "" : absl::StrCat(" client=", call.client);
  const std::string request =
      call.request_id.empty() ? "" : absl::StrCat(" request=", call.request_id);
  spdlog::log(LevelOf(call.status),
              "call method={} peer={}{} code={} duration_ms={:.3f} bytes={} id={}{}{}", call.method,
              Clean(call.peer), client, absl::StatusCodeToString(call.status.code()),
              absl::ToDoubleMilliseconds(call.duration), call.bytes, call.id, request, error);
}

void LogInfo(absl::string_view text) { spdlog::info("{}", OneLine(text)); }
void LogWarning(absl::string_view text) { spdlog::warn("{}", OneLine(text)); }
void LogError(absl::string_view text) { spdlog::error("{}", OneLine(text)); }

}  // namespace deepvision
