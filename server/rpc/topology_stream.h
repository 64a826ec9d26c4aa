// Streams of small messages without payload: a topology, histograms.
//
// Threading: one caller at a time.
// Ownership: share the writer. A stream that dies unfinished ends its call as
// StoppingError.
#ifndef DEEPVISION_SERVER_RPC_TOPOLOGY_STREAM_H_
#define DEEPVISION_SERVER_RPC_TOPOLOGY_STREAM_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "core/api/network.h"
#include "core/api/topology.h"
#include "server/stream/stream_writer.h"

namespace deepvision {

class TopologyStream {
 public:
  TopologyStream(std::shared_ptr<StreamWriter> writer, size_t max_message_bytes);
  ~TopologyStream();
  TopologyStream(const TopologyStream&) = delete;
  TopologyStream& operator=(const TopologyStream&) = delete;

  // Header, nodes, groups, trailer; several nodes share a message.
  void Send(const Topology& topology, const NetworkInfo& network);
  void Finish(absl::Status status);

 private:
  const std::shared_ptr<StreamWriter> writer_;
  const size_t batch_bytes_;
};

class HistogramStream {
 public:
  explicit HistogramStream(std::shared_ptr<StreamWriter> writer);
  ~HistogramStream();
  HistogramStream(const HistogramStream&) = delete;
  HistogramStream& operator=(const HistogramStream&) = delete;

  // One message per histogram, then the trailer.
  void Send(const std::vector<Histogram>& histograms);
  void Finish(absl::Status status);

 private:
  const std::shared_ptr<StreamWriter> writer_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_TOPOLOGY_STREAM_H_
