// The kinds of calls of the matrix, each as one function: makes the call, reads
// all of it, and returns how it ended. A live call is one frame; what went wrong with
// the frame is returned as the call's status, in which its reason is an ErrorInfo.
//
// Threading: plain functions; they block.
#ifndef DEEPVISION_TESTS_INTEGRATION_METHODS_H_
#define DEEPVISION_TESTS_INTEGRATION_METHODS_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <optional>
#include <string>

namespace deepvision {

enum class Method { kClassify, kTopology, kActivations, kLive };

inline constexpr Method kMethods[] = {Method::kClassify, Method::kTopology, Method::kActivations,
                                      Method::kLive};

std::string NameOf(Method method);
std::optional<Method> MethodNamed(const std::string& name);

// Where a call of this kind can be held up in the server while it is alive.
const char* HoldPoint(Method method);

grpc::Status CallMethod(Method method, const std::shared_ptr<grpc::Channel>& channel,
                        grpc::ClientContext* context, const std::string& network = "net");

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_INTEGRATION_METHODS_H_
