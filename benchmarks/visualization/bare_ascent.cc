// Steps of feature visualization without a server, for comparison: answers each line
// of its input with one line, the milliseconds that a step takes on average.
//
//   bare_ascent FILE
//     METHOD LAYER_ID NUMERICS WIDTH STEPS   for example: fourier layer3 FAST 16 5
//
// METHOD is fourier (a 128 px image, 224 px network input) or robust (224 px); NUMERICS
// EXACT or FAST; the units are 0 … WIDTH - 1, each with one image. A question that was
// asked before goes on where its last answer ended. Threads and memory as the server has.
#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/support/stopwatch.h"
#include "core/base/status_macros.h"
#include "core/engine/specialisation.h"
#include "core/loader/model_file.h"
#include "core/visualization/ascent.h"
#include "core/visualization/resolve_spec.h"
#include "server/lifecycle/memory.h"

namespace deepvision {
namespace {

constexpr int kWarmUps = 2;
constexpr int kManySteps = 100000;  // never reached

struct Question {
  std::string method;
  std::string layer;
  std::string numerics;
  int width = 1;
  int steps = 1;
};

absl::StatusOr<AscentOptions> OptionsOf(const Specialisation& network, const Question& question) {
  const auto addressed = network.Find(question.layer);
  if (!addressed) return absl::NotFoundError(absl::StrCat("no layer ", question.layer));
  const DataDescription data = network.Describe(*addressed);
  AscentOptions options;
  options.graph = network.graph();
  options.layers = {{question.layer, addressed->value, data.kind, data.shape}};
  options.preprocessing.mean = {0.485F, 0.456F, 0.406F};
  options.preprocessing.std = {0.229F, 0.224F, 0.225F};
  options.width = question.width;
  options.spec.layer = question.layer;
  options.spec.units.resize(static_cast<size_t>(question.width));
  std::iota(options.spec.units.begin(), options.spec.units.end(), 0);
  options.spec.steps = kManySteps;
  if (question.method == "robust") {
    options.spec.method = RobustMethod{};
    options.start = at::randn({3, 224, 224});
  }
  options.spec.numerics = question.numerics == "EXACT" ? Numerics::kExact : Numerics::kFast;
  DV_ASSIGN_OR_RETURN(options.spec,
                      ResolveSpec(options.spec, {224, 224, UnitCount(options.layers[0])}));
  return options;
}

class BareAscents {
 public:
  static absl::StatusOr<std::unique_ptr<BareAscents>> Open(const std::string& path) {
    auto ascents = std::make_unique<BareAscents>();
    DV_ASSIGN_OR_RETURN(ascents->file_, ModelFile::Open(path, ""));
    DV_ASSIGN_OR_RETURN(const auto graph, ascents->file_->Specialise(at::zeros({1, 3, 224, 224})));
    ascents->network_ = std::make_unique<Specialisation>(graph, TopologyOptions{});
    return ascents;
  }

  absl::StatusOr<double> MillisecondsPerStep(const Question& question) {
    DV_ASSIGN_OR_RETURN(Ascent* const ascent, Find(question));
    const Stopwatch watch;
    for (int i = 0; i < question.steps; ++i) DV_RETURN_IF_ERROR(ascent->Step());
    return watch.Milliseconds() / question.steps;
  }

 private:
  absl::StatusOr<Ascent*> Find(const Question& question) {
    auto& ascent = ascents_[absl::StrCat(question.method, " ", question.layer, " ",
                                         question.numerics, " ", question.width)];
    if (ascent == nullptr) {
      DV_ASSIGN_OR_RETURN(const AscentOptions options, OptionsOf(*network_, question));
      DV_ASSIGN_OR_RETURN(ascent, Ascent::Create(options, options.spec.units));
      for (int i = 0; i < kWarmUps; ++i) DV_RETURN_IF_ERROR(ascent->Step());
    }
    return ascent.get();
  }

  std::unique_ptr<ModelFile> file_;
  std::unique_ptr<Specialisation> network_;
  std::map<std::string, std::unique_ptr<Ascent>> ascents_;
};

absl::Status Run(const std::string& path) {
  DV_ASSIGN_OR_RETURN(const auto ascents, BareAscents::Open(path));
  for (std::string line; std::getline(std::cin, line);) {
    Question question;
    std::istringstream(line) >> question.method >> question.layer >> question.numerics >>
        question.width >> question.steps;
    DV_ASSIGN_OR_RETURN(const double milliseconds, ascents->MillisecondsPerStep(question));
    std::printf("%.6f\n", milliseconds);
    std::fflush(stdout);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "bare_ascent FILE\n");
  at::set_num_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  deepvision::KeepFreedMemory();
  const absl::Status status = deepvision::Run(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
