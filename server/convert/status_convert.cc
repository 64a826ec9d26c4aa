#include "server/convert/status_convert.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/api/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace deepvision {
namespace {

// Message and details share 8 KiB of headers with percent and base64 encoding
// on top.
constexpr size_t kMaxMessageBytes = 768;
constexpr size_t kMaxDescriptionBytes = 384;
constexpr size_t kMaxValueBytes = 192;
constexpr int kMaxMetadataEntries = 8;

grpc::StatusCode ToGrpcCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return grpc::StatusCode::OK;
    case absl::StatusCode::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case absl::StatusCode::kInvalidArgument:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case absl::StatusCode::kDeadlineExceeded:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case absl::StatusCode::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case absl::StatusCode::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case absl::StatusCode::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case absl::StatusCode::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case absl::StatusCode::kResourceExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case absl::StatusCode::kFailedPrecondition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case absl::StatusCode::kAborted:
      return grpc::StatusCode::ABORTED;
    case absl::StatusCode::kOutOfRange:
      return grpc::StatusCode::OUT_OF_RANGE;
    case absl::StatusCode::kUnimplemented:
      return grpc::StatusCode::UNIMPLEMENTED;
    case absl::StatusCode::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case absl::StatusCode::kDataLoss:
      return grpc::StatusCode::DATA_LOSS;
    default:  // kInternal, kUnknown and codes that do not exist: our bug
      return grpc::StatusCode::INTERNAL;
  }
}

// At most `limit` bytes, never cutting a UTF-8 character.
std::string Shorten(absl::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t size = limit - 3;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return absl::StrCat(text.substr(0, size), "...");
}

std::string ClientMessage(const absl::Status& status, grpc::StatusCode code,
                          absl::string_view call_id) {
  if (code != grpc::StatusCode::INTERNAL) return Shorten(status.message(), kMaxMessageBytes);
  return absl::StrCat("internal error ", call_id,
                      "; quote this id to the operator of the server, whose log has the cause");
}

google::rpc::ErrorInfo MakeErrorInfo(const ErrorDetails& details, bool internal,
                                     absl::string_view call_id) {
  google::rpc::ErrorInfo info;
  info.set_domain("deepvision");
  info.set_reason(internal ? "INTERNAL" : details.reason);
  auto& metadata = *info.mutable_metadata();
  if (internal) {
    metadata["id"] = std::string(call_id);
    return info;
  }
  for (const auto& [key, value] : details.metadata) {
    if (metadata.size() == kMaxMetadataEntries) break;
    metadata[Shorten(key, kMaxValueBytes)] = Shorten(value, kMaxValueBytes);
  }
  return info;
}

// The field that an error is about: said beside the text, else the path that
// the text begins with ("input.pixels.data: …"), else empty.
std::string FieldOf(const absl::Status& status, const ErrorDetails& details) {
  const auto field = details.metadata.find("field");
  if (field != details.metadata.end()) return field->second;
  if (!absl::IsInvalidArgument(status) && !absl::IsOutOfRange(status)) return "";
  const absl::string_view path = status.message().substr(0, status.message().find(": "));
  const bool is_path =
      path.size() < status.message().size() &&
      path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.[]") == absl::string_view::npos;
  return is_path ? std::string(path) : "";
}

// The text without the field path that BadRequest holds beside it.
std::string Description(absl::string_view message, absl::string_view field) {
  absl::ConsumePrefix(&message, absl::StrCat(field, ": "));
  return Shorten(message, kMaxDescriptionBytes);
}

void AddBadRequest(const absl::Status& status, const ErrorDetails& details,
                   google::rpc::Status* out) {
  const std::string field = FieldOf(status, details);
  if (field.empty()) return;
  google::rpc::BadRequest bad_request;
  google::rpc::BadRequest::FieldViolation* violation = bad_request.add_field_violations();
  violation->set_field(Shorten(field, kMaxValueBytes));
  violation->set_description(Description(status.message(), field));
  out->add_details()->PackFrom(bad_request);
}

void AddRetryInfo(const ErrorDetails& details, google::rpc::Status* out) {
  if (!details.retry_after) return;
  google::rpc::RetryInfo retry;
  const int64_t milliseconds =
      std::max<int64_t>(0, absl::ToInt64Milliseconds(*details.retry_after));
  retry.mutable_retry_delay()->set_seconds(milliseconds / 1000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(milliseconds % 1000) * 1000000);
  out->add_details()->PackFrom(retry);
}

void AddResourceInfo(const absl::Status& status, const ErrorDetails& details,
                     google::rpc::Status* out) {
  if (!absl::IsNotFound(status)) return;
  // The innermost first: a layer that is missing has its network beside it.
  for (const char* kind : {"layer", "generator", "dataset", "network"}) {
    const auto entry = details.metadata.find(kind);
    if (entry == details.metadata.end()) continue;
    google::rpc::ResourceInfo resource;
    resource.set_resource_type(kind);
    resource.set_resource_name(Shorten(entry->second, kMaxValueBytes));
    out->add_details()->PackFrom(resource);
    return;
  }
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view call_id) {
  if (status.ok()) return grpc::Status::OK;
  const grpc::StatusCode code = ToGrpcCode(status.code());
  const bool internal = code == grpc::StatusCode::INTERNAL;
  const ErrorDetails details = GetErrorDetails(status);
  google::rpc::Status out;
  out.set_code(code);
  out.set_message(ClientMessage(status, code, call_id));
  out.add_details()->PackFrom(MakeErrorInfo(details, internal, call_id));
  if (!internal) {
    AddBadRequest(status, details, &out);
    AddRetryInfo(details, &out);
    AddResourceInfo(status, details, &out);
  }
  return grpc::Status(code, out.message(), out.SerializeAsString());
}

absl::Status FieldError(absl::string_view field, absl::string_view problem) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(field, ": ", problem)), "INVALID_FIELD",
                    {{"field", std::string(field)}});
}

}  // namespace deepvision
