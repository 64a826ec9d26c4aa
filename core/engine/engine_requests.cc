// What an engine is asked to compute: each request finds its network and input, then
// goes to the thread that does the work.
#include <utility>

#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/dataset/selection.h"
#include "core/engine/activation_run.h"
#include "core/engine/classification_run.h"
#include "core/engine/engine_impl.h"
#include "core/engine/histogram_run.h"
#include "core/engine/image_stream.h"
#include "core/engine/layer_weights.h"
#include "core/engine/live_worker.h"
#include "core/image/picture.h"
#include "core/input/show_input.h"

namespace deepvision {
namespace {

absl::StatusOr<ResolvedInput> Show(const InputQuery& query, const PreparedInput& prepared,
                                   const Preprocessing& preprocessing) {
  ResolvedInput resolved;
  resolved.input_digest = prepared.digest;
  if (query.form == InputForm::kTensor) {
    const auto sizes = prepared.tensor.sizes();
    resolved.tensor_shape.assign(sizes.begin() + 1, sizes.end());
    DV_ASSIGN_OR_RETURN(resolved.tensor, TensorBytes(prepared.tensor, query.format.row_order));
    resolved.tensor_crc32 = Crc32(resolved.tensor.data(), resolved.tensor.size());
    return resolved;
  }
  DV_ASSIGN_OR_RETURN(Bitmap bitmap, MakePicture(prepared.tensor, preprocessing));
  DV_ASSIGN_OR_RETURN(resolved.picture, EncodePicture(std::move(bitmap), query.format));
  return resolved;
}

}  // namespace

template <typename T, typename Next>
void EngineImpl::Post(Executor& executor, std::shared_ptr<Reply<T>> reply,
                      CancellationToken cancelled, Next next) {
  const absl::Status posted = executor.Post(
      Priority::kInteractive,
      [this, begin = absl::Now(), reply, cancelled, next = std::move(next)]() mutable {
        Report(Phase::kQueue, absl::Now() - begin);
        if (cancelled.IsCancelled()) return (*reply)(RequestCancelled());
        next();
      });
  if (!posted.ok()) (*reply)(posted);
}

template <typename T, typename Next>
void EngineImpl::WithNetwork(absl::string_view id, bool wait, const std::string& expected_digest,
                             std::shared_ptr<Reply<T>> reply, Next next) {
  const auto found = networks_.Find(id);
  if (!found.ok()) return (*reply)(found.status());
  auto go_on = [network = *found, expected_digest, reply, next = std::move(next)]() mutable {
    if (absl::Status ready = network->Check(expected_digest); !ready.ok()) return (*reply)(ready);
    next(network);
  };
  if (wait) return (*found)->OnSettled(std::move(go_on));
  go_on();
}

template <typename T, typename Query, typename Make>
void EngineImpl::JoinPass(std::shared_ptr<const Query> query, Numerics numerics,
                          CancellationToken cancelled, std::shared_ptr<Network> network,
                          std::shared_ptr<Reply<T>> reply, Make make) {
  const auto produced_by = MakeProducedBy(*network, numerics);
  if (!produced_by.ok()) return (*reply)(produced_by.status());
  Post<T>(*host_, reply, cancelled,
          [this, query, cancelled, network, reply, produced_by = *produced_by, make]() mutable {
            const NetworkInfo info = network->Info();
            const absl::Time begin = absl::Now();
            const auto prepared = Prepare(query->input, *network);
            Report(Phase::kPrepare, absl::Now() - begin);
            if (!prepared.ok()) return (*reply)(prepared.status());
            const PassKey key{network, prepared->digest, produced_by.numerics};
            passes_.Join(key, prepared->tensor, InputKind::kRemembered,
                         make(ComputeContext{info, prepared->digest, produced_by, cancelled}));
          });
}

void EngineImpl::WaitForNetwork(absl::string_view id, CancellationToken cancelled,
                                Callback<NetworkInfo> done) {
  auto reply = std::make_shared<Reply<NetworkInfo>>(std::move(done));
  const auto found = networks_.Find(id);
  if (!found.ok()) return (*reply)(found.status());
  (*found)->OnSettled([network = *found, cancelled, reply] {
    if (cancelled.IsCancelled()) return (*reply)(RequestCancelled());
    (*reply)(network->Info());
  });
}

void EngineImpl::GetTopology(TopologyQuery query, CancellationToken cancelled,
                             Callback<std::shared_ptr<const Topology>> done) {
  using Result = std::shared_ptr<const Topology>;
  auto reply = std::make_shared<Reply<Result>>(std::move(done));
  WithNetwork(query.network, query.wait_until_ready, "", reply,
              [this, query, cancelled, reply](std::shared_ptr<Network> network) {
                const Preprocessing own = network->Info().input;
                const bool own_size =
                    query.height == 0 || (query.height == own.height && query.width == own.width);
                const bool plain = query.view == TopologyView::kLayers && !query.omit_markers;
                if (own_size && plain) return (*reply)(network->Default()->layers());
                if (own_size) {
                  return Post(*host_, reply, cancelled, [query, network, reply] {
                    (*reply)(network->Default()->MakeView(query.view, query.omit_markers));
                  });
                }
                Post(*device_, reply, cancelled, [query, own, network, reply] {
                  const auto made = network->ForSize(own.channels, query.height, query.width);
                  if (!made.ok()) return (*reply)(made.status());
                  (*reply)((*made)->MakeView(query.view, query.omit_markers));
                });
              });
}

void EngineImpl::GetHistograms(HistogramQuery query, CancellationToken cancelled,
                               Callback<std::vector<Histogram>> done) {
  auto reply = std::make_shared<Reply<std::vector<Histogram>>>(std::move(done));
  auto shared = std::make_shared<const HistogramQuery>(std::move(query));
  WithNetwork(shared->network, shared->wait_until_ready, "", reply,
              [this, shared, cancelled, reply](std::shared_ptr<Network> network) {
                if (shared->source == HistogramSource::kWeights) {
                  return Post(*device_, reply, cancelled, [shared, network, reply] {
                    (*reply)(WeightHistogramsOf(*network->Default(), *shared));
                  });
                }
                JoinPass(shared, Numerics::kDefault, cancelled, network, reply,
                         [shared, reply](ComputeContext context) {
                           return MakeHistogramRun(std::move(context), shared, reply);
                         });
              });
}

void EngineImpl::GetWeights(WeightsQuery query, CancellationToken cancelled,
                            Callback<std::vector<WeightTensor>> done) {
  auto reply = std::make_shared<Reply<std::vector<WeightTensor>>>(std::move(done));
  WithNetwork(query.network, query.wait_until_ready, "", reply,
              [this, query, cancelled, reply](std::shared_ptr<Network> network) {
                Post(*device_, reply, cancelled, [query, network, reply] {
                  (*reply)(WeightsOfLayer(*network->Default(), query.layer));
                });
              });
}

void EngineImpl::StreamActivations(ActivationQuery query, std::shared_ptr<ActivationSink> sink,
                                   CancellationToken cancelled) {
  auto reply = std::make_shared<Reply<Nothing>>(
      [sink](absl::StatusOr<Nothing> result) { sink->OnDone(result.status()); });
  auto shared = std::make_shared<const ActivationQuery>(std::move(query));
  WithNetwork(shared->network, shared->wait_until_ready, shared->expected_digest, reply,
              [this, shared, sink, cancelled, reply](std::shared_ptr<Network> network) {
                auto delivery = std::make_shared<LayerDelivery>(sink, reply, cancelled, tools_);
                JoinPass(shared, shared->numerics, cancelled, network, reply,
                         [this, shared, delivery](ComputeContext context) {
                           return MakeActivationRun(std::move(context), shared, budget_, delivery);
                         });
              });
}

std::shared_ptr<LiveSession> EngineImpl::OpenLive(std::shared_ptr<LiveSink> sink,
                                                  CancellationToken cancelled) {
  LiveTools tools;
  tools.find = [this](absl::string_view id) { return networks_.Find(id); };
  tools.produced_by = [this](const Network& network, Numerics asked) {
    return MakeProducedBy(network, asked);
  };
  tools.prepare = [this](const Input& input, const Network& network) -> absl::StatusOr<at::Tensor> {
    DV_ASSIGN_OR_RETURN(const Input known, inputs_.Recall(input));
    return PrepareTensor(known, network.Info().input, datasets_, LimitsFor(network), &source_);
  };
  tools.host = host_.get();
  tools.passes = &passes_;
  tools.budget = &budget_;
  tools.delivery = tools_;
  auto worker = MakeLiveWorker(std::move(tools), cancelled);
  return MakeLiveSession(std::move(worker), std::move(sink), std::move(cancelled));
}

void EngineImpl::Classify(ClassifyQuery query, CancellationToken cancelled,
                          Callback<Classification> done) {
  auto reply = std::make_shared<Reply<Classification>>(std::move(done));
  auto shared = std::make_shared<const ClassifyQuery>(std::move(query));
  WithNetwork(shared->network, shared->wait_until_ready, shared->expected_digest, reply,
              [this, shared, cancelled, reply](std::shared_ptr<Network> network) {
                JoinPass(shared, shared->numerics, cancelled, network, reply,
                         [shared, reply](ComputeContext context) {
                           return MakeClassificationRun(std::move(context), shared, reply);
                         });
              });
}

void EngineImpl::StreamImages(ImagesQuery query, std::shared_ptr<PictureSink> sink,
                              CancellationToken cancelled) {
  const auto dataset = datasets_.Find(query.dataset);
  if (!dataset.ok()) return sink->OnDone(dataset.status());
  auto indices = SelectImages(**dataset, query.selection);
  if (!indices.ok()) return sink->OnDone(indices.status());
  StartImageStream(**dataset, *std::move(indices), query.format, Limits(), *host_, std::move(sink),
                   std::move(cancelled));
}

void EngineImpl::ResolveInput(InputQuery query, CancellationToken cancelled,
                              Callback<ResolvedInput> done) {
  auto reply = std::make_shared<Reply<ResolvedInput>>(std::move(done));
  auto shared = std::make_shared<const InputQuery>(std::move(query));
  if (shared->network.empty()) {
    return Post(*host_, reply, cancelled, [this, shared, reply] {
      (*reply)([&]() -> absl::StatusOr<ResolvedInput> {
        ResolvedInput resolved;
        DV_ASSIGN_OR_RETURN(const Input input, inputs_.Recall(shared->input));
        DV_ASSIGN_OR_RETURN(Bitmap bitmap, PictureOfInput(input, datasets_, Limits(), &source_));
        DV_ASSIGN_OR_RETURN(resolved.picture, EncodePicture(std::move(bitmap), shared->format));
        return resolved;
      }());
    });
  }
  WithNetwork(shared->network, shared->wait_until_ready, "", reply,
              [this, shared, cancelled, reply](std::shared_ptr<Network> network) {
                Post(*host_, reply, cancelled, [this, shared, network, reply] {
                  const Preprocessing preprocessing = network->Info().input;
                  const auto prepared = Prepare(shared->input, *network);
                  if (!prepared.ok()) return (*reply)(prepared.status());
                  (*reply)(Show(*shared, *prepared, preprocessing));
                });
              });
}

void EngineImpl::StoreInput(Input input, CancellationToken cancelled, Callback<std::string> done) {
  auto reply = std::make_shared<Reply<std::string>>(std::move(done));
  Post(*host_, reply, std::move(cancelled),
       [this, input = std::move(input), reply] { (*reply)(inputs_.Remember(input)); });
}

}  // namespace deepvision
