// absl::Status to grpc::Status: the only place of the project that names the
// latter.
//
// Every error carries a google.rpc.Status in grpc-status-details-bin with one
// ErrorInfo of domain "deepvision", and where they apply:
//   BadRequest    the metadata of core/api/error.h has "field", or the text of
//                 kInvalidArgument or kOutOfRange begins with a path
//   RetryInfo     there is a retry_after
//   ResourceInfo  kNotFound with a "network", "layer", "dataset" or "generator"
// The text of kInternal, kUnknown and kDataLoss's causes never reaches a client
// when it is our bug: an internal error says only `call_id`, under which the log
// has the text. Texts are cut so that the details fit into HTTP/2 headers.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_STATUS_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_STATUS_CONVERT_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace deepvision {

grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view call_id);

// kInvalidArgument "<field>: <problem>", with the field for BadRequest.
// `problem` says what is wrong and what to do.
absl::Status FieldError(absl::string_view field, absl::string_view problem);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_STATUS_CONVERT_H_
