// One client, one request at a time.
#include <thread>

#include "benchmarks/serving/calls.h"
#include "benchmarks/serving/cases.h"
#include "benchmarks/support/report.h"
#include "benchmarks/support/rounds.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

constexpr int kWarmUps = 40;
constexpr int kRounds = 41;
// Between what takes turns: OpenMP's threads spin for a while after a forward
// pass, and would take the processors of the other process.
constexpr std::chrono::milliseconds kSettle(20);

void Settle() { std::this_thread::sleep_for(kSettle); }

}  // namespace

absl::Status MeasureNetwork(ServerUnderTest& server, const std::string& model) {
  const auto stub = v1::ActivationService::NewStub(server.channel());
  Samples forward, served;
  double megabytes = 0;
  for (Rounds rounds(kWarmUps, kRounds); rounds.Next();) {
    Settle();
    DV_ASSIGN_OR_RETURN(const double bare, server.BareForward());
    const auto request =
        AllLayers(server.network(), NewPixels(server.network()), v1::ACTIVATION_ENCODING_UINT8);
    Settle();
    DV_ASSIGN_OR_RETURN(const ReceivedLayers received, ReadLayers(*stub, request));
    if (rounds.warming_up()) continue;
    forward.Add(bare);
    served.Add(received.all);
    megabytes = 0;
    for (const ReceivedLayer& layer : received.layers) megabytes += layer.bytes.size() / 1e6;
  }
  Print({model + ": bare forward pass", forward.Median(), "ms", {}, "", forward.Noise()});
  Print({model + ": payload of all layers, UINT8", megabytes, "MB"});
  Print(Compared(model + ": all layers in C++ client, against forward", served, "ms", forward,
                 "<= 1.35"));
  return absl::OkStatus();
}

absl::Status MeasureFirstLayer(ServerUnderTest& server, const std::string& model) {
  const auto stub = v1::ActivationService::NewStub(server.channel());
  // What the first layer needs, and what a request may need beside.
  constexpr double kAllowance = 3;
  Samples allowed, first_layer, first_message;
  std::string layer_id;
  for (Rounds rounds(kWarmUps, kRounds); rounds.Next();) {
    const auto request =
        AllLayers(server.network(), NewPixels(server.network()), v1::ACTIVATION_ENCODING_UINT8);
    Settle();
    DV_ASSIGN_OR_RETURN(const ReceivedLayers received, ReadLayers(*stub, request));
    // The first node is the input itself.
    const ReceivedLayer& layer = received.layers[received.layers.size() > 1 ? 1 : 0];
    layer_id = layer.meta.id();
    Settle();
    DV_ASSIGN_OR_RETURN(const double bare, server.BareLayer(layer_id));
    if (rounds.warming_up()) continue;
    allowed.Add(bare + kAllowance);
    first_layer.Add(layer.begun);
    first_message.Add(received.first_message);
  }
  Print({model + ": first message", first_message.Median(), "ms", {}, "", first_message.Noise()});
  Print({model + ": computation of " + layer_id, allowed.Median() - kAllowance, "ms"});
  Print(Compared(model + ": first layer, against its computation + 3 ms", first_layer, "ms",
                 allowed, "<= 1.2"));
  return absl::OkStatus();
}

}  // namespace deepvision
