#include "server/rpc/topology_stream.h"

#include <algorithm>
#include <utility>

#include "deepvision/v1/network.pb.h"
#include "server/call/call_tracker.h"
#include "server/convert/network_convert.h"
#include "server/convert/topology_convert.h"

namespace deepvision {
namespace {

// Small enough that a client draws while the rest is on its way, and below the
// size from which C# uses its large-object heap.
constexpr size_t kBatchBytes = size_t{64} << 10;

// Collects parts in one message until the next one would make it too large.
class Batch {
 public:
  Batch(StreamWriter* writer, size_t limit) : writer_(writer), limit_(limit) {}

  void Add(v1::StreamTopologyResponse part) {
    const size_t size = part.ByteSizeLong();
    if (size_ + size > limit_) Flush();
    message_.MergeFrom(part);
    size_ += size;
  }

  void Flush() {
    if (size_ > 0) writer_->Write(WholeMessage(message_));
    message_.Clear();
    size_ = 0;
  }

 private:
  StreamWriter* const writer_;
  const size_t limit_;
  v1::StreamTopologyResponse message_;
  size_t size_ = 0;
};

}  // namespace

TopologyStream::TopologyStream(std::shared_ptr<StreamWriter> writer, size_t max_message_bytes)
    : writer_(std::move(writer)), batch_bytes_(std::min(max_message_bytes, kBatchBytes)) {}

TopologyStream::~TopologyStream() { writer_->Finish(StoppingError()); }

void TopologyStream::Finish(absl::Status status) { writer_->Finish(std::move(status)); }

void TopologyStream::Send(const Topology& topology, const NetworkInfo& network) {
  v1::StreamTopologyResponse header;
  *header.mutable_header() = ToProto(topology, network);
  writer_->Write(WholeMessage(header));

  Batch batch(writer_.get(), batch_bytes_);
  for (size_t i = 0; i < topology.nodes.size(); ++i) {
    v1::StreamTopologyResponse part;
    *part.add_nodes() = ToProto(topology.nodes[i], static_cast<int>(i));
    batch.Add(std::move(part));
  }
  batch.Flush();
  for (const TopologyGroup& group : topology.groups) {
    v1::StreamTopologyResponse part;
    *part.add_groups() = ToProto(group);
    batch.Add(std::move(part));
  }
  batch.Flush();

  v1::StreamTopologyResponse trailer;
  trailer.mutable_trailer()->set_item_count(topology.nodes.size() + topology.groups.size());
  writer_->Write(WholeMessage(trailer));
  writer_->Finish(absl::OkStatus());
}

HistogramStream::HistogramStream(std::shared_ptr<StreamWriter> writer)
    : writer_(std::move(writer)) {}

HistogramStream::~HistogramStream() { writer_->Finish(StoppingError()); }

void HistogramStream::Finish(absl::Status status) { writer_->Finish(std::move(status)); }

void HistogramStream::Send(const std::vector<Histogram>& histograms) {
  for (const Histogram& histogram : histograms) {
    v1::StreamHistogramsResponse message;
    *message.mutable_histogram() = ToProto(histogram);
    writer_->Write(WholeMessage(message));
  }
  v1::StreamHistogramsResponse trailer;
  trailer.mutable_trailer()->set_item_count(histograms.size());
  writer_->Write(WholeMessage(trailer));
  writer_->Finish(absl::OkStatus());
}

}  // namespace deepvision
