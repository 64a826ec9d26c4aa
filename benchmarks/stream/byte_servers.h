// Three ways to send the same bytes, each on a port of its own:
//   stream  our transport (server/lifecycle … server/stream) over an engine
//           that has its layers ready
//   bytes   the same messages through the generated callback API, each payload
//           copied into a `bytes` field
//   tcp     a plain socket; a client sends 8 bytes and gets kRoundBytes
//
// Every call, and every 8 bytes, is answered with kRoundBytes of payload in
// messages of at most kMessageBytes.
//
// Threading: construct and destroy from one thread.
#ifndef DEEPVISION_BENCHMARKS_STREAM_BYTE_SERVERS_H_
#define DEEPVISION_BENCHMARKS_STREAM_BYTE_SERVERS_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"

namespace deepvision {

constexpr size_t kMessageBytes = size_t{1} << 20;
constexpr size_t kLayerBytes = size_t{64} << 20;
constexpr size_t kLayers = 4;
constexpr size_t kRoundBytes = kLayers * kLayerBytes;

struct BytePorts {
  int stream = 0;
  int bytes = 0;
  int tcp = 0;
};

class ByteServers {
 public:
  virtual ~ByteServers() = default;
  virtual BytePorts ports() const = 0;
};

absl::StatusOr<std::unique_ptr<ByteServers>> StartByteServers();

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_STREAM_BYTE_SERVERS_H_
