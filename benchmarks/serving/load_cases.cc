// Several clients.
#include <grpcpp/client_context.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/serving/background_load.h"
#include "benchmarks/serving/calls.h"
#include "benchmarks/serving/cases.h"
#include "benchmarks/support/report.h"
#include "benchmarks/support/rounds.h"
#include "benchmarks/support/stopwatch.h"
#include "core/base/status_macros.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace deepvision {
namespace {

absl::StatusOr<double> TimeHealth(grpc::health::v1::Health::Stub& stub) {
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckResponse response;
  const Stopwatch watch;
  DV_RETURN_IF_ERROR(ToAbsl(stub.Check(&context, {}, &response)));
  return watch.Milliseconds();
}

// Streams of FLOAT32 layers on one connection that are begun and then not read.
// The destructor cancels them.
class StalledStreams {
 public:
  static absl::StatusOr<std::unique_ptr<StalledStreams>> Open(
      const std::shared_ptr<grpc::Channel>& channel, const v1::Network& network, int count) {
    auto streams = std::make_unique<StalledStreams>();
    const auto stub = v1::ActivationService::NewStub(channel);
    for (int i = 0; i < count; ++i) {
      auto stream = std::make_unique<Stream>();
      stream->reader = stub->StreamActivations(
          &stream->context,
          AllLayers(network, NewPixels(network), v1::ACTIVATION_ENCODING_FLOAT32));
      streams->streams_.push_back(std::move(stream));
    }
    for (const auto& stream : streams->streams_) {
      v1::StreamActivationsResponse header;
      if (!stream->reader->Read(&header)) return ToAbsl(stream->reader->Finish());
    }
    return streams;
  }

 private:
  struct Stream {
    ~Stream() {
      context.TryCancel();
      reader->Finish();
    }
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::StreamActivationsResponse>> reader;
  };
  std::vector<std::unique_ptr<Stream>> streams_;
};

// Calls that are answered without the device.
struct SmallCalls {
  Samples health;
  Samples topology;
};

absl::StatusOr<SmallCalls> TimeSmallCalls(ServerUnderTest& server, int most) {
  const auto health = grpc::health::v1::Health::NewStub(server.channel());
  const auto networks = v1::NetworkService::NewStub(server.channel());
  SmallCalls calls;
  for (Rounds rounds(0, most); rounds.Next();) {
    DV_ASSIGN_OR_RETURN(const double check, TimeHealth(*health));
    calls.health.Add(check);
    DV_ASSIGN_OR_RETURN(const double topology, TimeTopology(*networks, server.network()));
    calls.topology.Add(topology);
  }
  return calls;
}

void Report(const std::string& what, const SmallCalls& calls, bool judged) {
  const auto row = [&](const char* name, const Samples& samples, double share, const char* target) {
    Print({what + name, samples.Quantile(share), "ms", {}, judged ? target : "", samples.Noise()});
  };
  row(": health, median", calls.health, 0.5, "");
  row(": health, 99 of 100", calls.health, 0.99, "<= 50");
  row(": topology, median", calls.topology, 0.5, "<= 5");
}

absl::Status ClassifyOnce(v1::ActivationService::Stub& stub, const v1::Network& network) {
  return TimeClassify(stub, ClassifyRequestOf(network, NewPixels(network))).status();
}

absl::StatusOr<Samples> TimeClassifies(ServerUnderTest& server, int most) {
  const auto stub = v1::ActivationService::NewStub(server.channel());
  Samples samples;
  for (Rounds rounds(0, most); rounds.Next();) {
    const auto request = ClassifyRequestOf(server.network(), NewPixels(server.network()));
    DV_ASSIGN_OR_RETURN(const double time, TimeClassify(*stub, request));
    samples.Add(time);
  }
  return samples;
}

absl::Status Load(const BackgroundLoad& load) {
  return load.failures() == 0 ? absl::OkStatus()
                              : absl::InternalError("calls of the load have failed");
}

}  // namespace

absl::Status MeasureSmallCalls(ServerUnderTest& server, const std::string& model) {
  constexpr int kRounds = 300;
  DV_ASSIGN_OR_RETURN(const SmallCalls idle, TimeSmallCalls(server, kRounds));
  Report(model + ": idle", idle, false);
  DV_ASSIGN_OR_RETURN(const Samples classify, TimeClassifies(server, 31));
  Print({model + ": idle: Classify, median", classify.Median(), "ms", {}, "", classify.Noise()});
  for (const int stalled : {0, 1, 32}) {
    DV_ASSIGN_OR_RETURN(const auto streams,
                        StalledStreams::Open(server.channel(), server.network(), stalled));
    const BackgroundLoad load(server, 2, [&](v1::ActivationService::Stub& stub) {
      return ClassifyOnce(stub, server.network());
    });
    DV_ASSIGN_OR_RETURN(const SmallCalls loaded, TimeSmallCalls(server, kRounds));
    Report(absl::StrCat(model, ": busy, ", stalled, " stalled streams"), loaded, true);
    DV_RETURN_IF_ERROR(Load(load));
  }
  return absl::OkStatus();
}

absl::Status MeasureNeighbour(ServerUnderTest& server, const std::string& model) {
  constexpr int kBlocks = 5, kCalls = 15;
  Samples alone, beside;
  for (Rounds blocks(0, kBlocks); blocks.Next();) {
    DV_ASSIGN_OR_RETURN(const Samples quiet, TimeClassifies(server, kCalls));
    const BackgroundLoad png(server, 1, [&](v1::ActivationService::Stub& stub) {
      return ReadLayers(stub, AllLayers(server.network(), NewPixels(server.network()),
                                        v1::ACTIVATION_ENCODING_PNG))
          .status();
    });
    DV_ASSIGN_OR_RETURN(const Samples loaded, TimeClassifies(server, kCalls));
    DV_RETURN_IF_ERROR(Load(png));
    alone.Add(quiet.Median());
    beside.Add(loaded.Median());
  }
  Print(Compared(model + ": Classify beside a PNG stream, against alone", beside, "ms", alone,
                 "<= 2.2"));
  return absl::OkStatus();
}

absl::Status MeasureClients(ServerUnderTest& server, const std::string& model) {
  constexpr std::chrono::seconds kTime(3);
  double one = 0;
  for (const int clients : {1, 2, 4, 8}) {
    const Stopwatch watch;
    const BackgroundLoad load(server, clients, [&](v1::ActivationService::Stub& stub) {
      return ReadLayers(stub, AllLayers(server.network(), NewPixels(server.network()),
                                        v1::ACTIVATION_ENCODING_UINT8))
          .status();
    });
    std::this_thread::sleep_for(kTime);
    const double rate = load.calls() / watch.Seconds();
    DV_RETURN_IF_ERROR(Load(load));
    if (clients == 1) one = rate;
    Print({absl::StrCat(model, ": all layers, ", clients, " clients, against 1"), rate, "1/s",
           rate / one});
  }
  return absl::OkStatus();
}

}  // namespace deepvision
