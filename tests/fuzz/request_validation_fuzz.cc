// Bytes from the wire -> queries of the engine, for every request: either a
// query, or an error that a client can act on and that fits into headers.
//
// The first byte says which request the others are.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "absl/status/statusor.h"
#include "deepvision/v1/activation.pb.h"
#include "deepvision/v1/dataset.pb.h"
#include "deepvision/v1/network.pb.h"
#include "deepvision/v1/visualization.pb.h"
#include "server/convert/activation_convert.h"
#include "server/convert/dataset_convert.h"
#include "server/convert/field.h"
#include "server/convert/network_convert.h"
#include "server/convert/status_convert.h"
#include "server/convert/topology_convert.h"
#include "server/convert/visualization_convert.h"
#include "tests/fuzz/mutate_message.h"

namespace deepvision {
namespace {

constexpr size_t kMaxHeaderBytes = 8192;

void CheckError(const absl::Status& status) {
  const bool typed = absl::IsInvalidArgument(status) || absl::IsResourceExhausted(status) ||
                     absl::IsOutOfRange(status);
  const grpc::Status told = ToGrpcStatus(status, "call");
  const size_t encoded = 3 * told.error_message().size() + 4 * told.error_details().size() / 3;
  if (!typed || told.error_message().empty() || encoded > kMaxHeaderBytes) std::abort();
}

template <typename Request>
void Validate(const google::protobuf::Message& message) {
  const auto query = FromProto(Request(static_cast<const Request&>(message)));
  if (!query.ok()) CheckError(query.status());
}

// Every frame is a frame; what it holds is for the engine to look at.
template <>
void Validate<v1::LiveFrame>(const google::protobuf::Message& message) {
  FromProto(v1::LiveFrame(static_cast<const v1::LiveFrame&>(message)));
}

struct Kind {
  const google::protobuf::Message* prototype;
  void (*validate)(const google::protobuf::Message&);
};

template <typename Request>
Kind KindOf() {
  return {&Request::default_instance(), &Validate<Request>};
}

const auto& Kinds() {
  static const std::array kinds = {KindOf<v1::StreamActivationsRequest>(),
                                   KindOf<v1::ClassifyRequest>(),
                                   KindOf<v1::StreamHistogramsRequest>(),
                                   KindOf<v1::StreamWeightsRequest>(),
                                   KindOf<v1::StreamTopologyRequest>(),
                                   KindOf<v1::StreamImagesRequest>(),
                                   KindOf<v1::StreamInputRequest>(),
                                   KindOf<v1::LiveConfiguration>(),
                                   KindOf<v1::LiveFrame>(),
                                   KindOf<v1::StartVisualizationRequest>(),
                                   KindOf<v1::StreamVisualizationRequest>(),
                                   KindOf<v1::WatchVisualizationRequest>(),
                                   KindOf<v1::CancelVisualizationRequest>(),
                                   KindOf<v1::DeleteVisualizationsRequest>(),
                                   KindOf<v1::ListVisualizationsRequest>()};
  return kinds;
}

std::unique_ptr<google::protobuf::Message> Parse(const Kind& kind, const uint8_t* data,
                                                 size_t size) {
  std::unique_ptr<google::protobuf::Message> message(kind.prototype->New());
  if (!message->ParseFromArray(data + 1, static_cast<int>(size) - 1)) return nullptr;
  return message;
}

}  // namespace
}  // namespace deepvision

using deepvision::Kind;
using deepvision::Kinds;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // it tells of every wrong string
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Kind& kind = Kinds()[data[0] % Kinds().size()];
  const auto message = deepvision::Parse(kind, data, size);
  if (message != nullptr) kind.validate(*message);
  return 0;
}

#ifdef DEEPVISION_FUZZ
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  std::mt19937 random(seed);
  if (size == 0 || random() % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto message = deepvision::Parse(Kinds()[data[0] % Kinds().size()], data, size);
  if (message == nullptr) return LLVMFuzzerMutate(data, size, max_size);
  for (unsigned i = 0; i <= random() % 4; ++i) deepvision::MutateMessage(message.get(), &random);
  const std::string bytes = message->SerializePartialAsString();
  if (bytes.size() + 1 > max_size) return size;
  std::memcpy(data + 1, bytes.data(), bytes.size());
  return bytes.size() + 1;
}
#endif
