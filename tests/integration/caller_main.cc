// A client that makes one call, to be killed in the middle of it:
//   integration_caller HOST:PORT METHOD [NETWORK]
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cstdio>

#include "tests/integration/methods.h"

int main(int argc, char** argv) {
  const auto method = argc >= 3 ? deepvision::MethodNamed(argv[2]) : std::nullopt;
  if (!method) {
    std::fprintf(stderr, "usage: integration_caller HOST:PORT METHOD [NETWORK]\n");
    return 2;
  }
  grpc::ClientContext context;
  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  return deepvision::CallMethod(*method, channel, &context, argc > 3 ? argv[3] : "net").ok() ? 0
                                                                                             : 1;
}
