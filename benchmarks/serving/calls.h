// Calls as a client in C++ makes them, timed.
//
// Threading: plain functions; stubs may be shared.
#ifndef DEEPVISION_BENCHMARKS_SERVING_CALLS_H_
#define DEEPVISION_BENCHMARKS_SERVING_CALLS_H_

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "deepvision/v1/network.grpc.pb.h"

namespace deepvision {

absl::Status ToAbsl(const grpc::Status& status);

// A picture that nobody has sent before, of the size that the network reads.
v1::Input NewPixels(const v1::Network& network);
// The same in a few bytes: noise with a new seed.
v1::Input NewNoise();

// All layers of `input`.
v1::StreamActivationsRequest AllLayers(const v1::Network& network, v1::Input input,
                                       v1::ActivationEncoding encoding);

// A layer in the client's memory, its CRC-32 checked. Times are milliseconds since
// the request.
struct ReceivedLayer {
  v1::ActivationLayer meta;
  double begun = 0;  // when the meta data came
  std::string bytes;
};

struct ReceivedLayers {
  std::vector<ReceivedLayer> layers;
  double first_message = 0;
  double all = 0;
};

absl::StatusOr<ReceivedLayers> ReadLayers(v1::ActivationService::Stub& stub,
                                          const v1::StreamActivationsRequest& request);

v1::ClassifyRequest ClassifyRequestOf(const v1::Network& network, v1::Input input);

// Milliseconds of calls that are answered at once.
absl::StatusOr<double> TimeClassify(v1::ActivationService::Stub& stub,
                                    const v1::ClassifyRequest& request);
absl::StatusOr<double> TimeTopology(v1::NetworkService::Stub& stub, const v1::Network& network);

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SERVING_CALLS_H_
