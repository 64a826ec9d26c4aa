// Trains the demo network on pictures that are drawn as they are needed and
// saves it as TorchScript, in eval mode. The same flags give the same file, bit
// for bit, on one kind of processor with one LibTorch and one thread count.
#include <ATen/Parallel.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/optim/adamw.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "datasets/shapes/generator/shapes.h"
#include "projects/demo/train/residual_network.h"
#include "projects/demo/train/samples.h"

ABSL_FLAG(std::string, out, "projects/demo/demo.pt", "file to write");
ABSL_FLAG(int, steps, 1200, "optimisation steps");
ABSL_FLAG(int, per_class, 2, "pictures of each class in a step");
ABSL_FLAG(double, learning_rate, 3e-3, "largest learning rate");
ABSL_FLAG(int, threads, 1, "threads; another number gives other last bits");
ABSL_FLAG(uint64_t, seed, 1, "of the first weights");
ABSL_FLAG(int, held_out, 100, "pictures of each class in the final test");

namespace deepvision::demo {
namespace {

// From 0 up during the first tenth, then down to 0 along a cosine.
double LearningRate(int step, int steps, double largest) {
  const double done = (step + 1.0) / steps;
  if (done < 0.1) return largest * done / 0.1;
  return largest * 0.5 * (1 + std::cos(std::numbers::pi * (done - 0.1) / 0.9));
}

std::vector<at::Tensor> TrainableParameters(const torch::jit::Module& network) {
  std::vector<at::Tensor> parameters;
  for (at::Tensor parameter : network.parameters()) {
    parameters.push_back(parameter.set_requires_grad(true));
  }
  return parameters;
}

void SetLearningRate(torch::optim::AdamW& optimizer, double rate) {
  for (auto& group : optimizer.param_groups()) group.options().set_lr(rate);
}

at::Tensor Scores(torch::jit::Module& network, const at::Tensor& pictures) {
  return network.forward({pictures}).toTensor();
}

double Step(torch::jit::Module& network, torch::optim::AdamW& optimizer, const Samples& samples) {
  optimizer.zero_grad();
  const at::Tensor scores = Scores(network, samples.pictures);
  const at::Tensor loss = at::cross_entropy_loss(scores, samples.labels);
  loss.backward();
  optimizer.step();
  return loss.item<double>();
}

void Train(torch::jit::Module& network) {
  const int steps = absl::GetFlag(FLAGS_steps);
  const int per_class = absl::GetFlag(FLAGS_per_class);
  torch::optim::AdamW optimizer(TrainableParameters(network),
                                torch::optim::AdamWOptions().weight_decay(0.02));
  for (int step = 0; step < steps; ++step) {
    SetLearningRate(optimizer, LearningRate(step, steps, absl::GetFlag(FLAGS_learning_rate)));
    const uint64_t first = static_cast<uint64_t>(step) * per_class;
    const double loss =
        Step(network, optimizer, DrawSamples(shapes::kTrainingSeed, first, per_class));
    if (step % 20 == 0 || step + 1 == steps) std::printf("step %4d  loss %.4f\n", step, loss);
    std::fflush(stdout);
  }
}

// Weights ask for no gradients any more, so that a forward pass keeps no history.
void Finish(torch::jit::Module& network) {
  for (at::Tensor parameter : network.parameters()) parameter.set_requires_grad(false);
  network.eval();
}

void Report(torch::jit::Module& network) {
  const int held_out = absl::GetFlag(FLAGS_held_out);
  const double accuracy =
      Accuracy([&](const at::Tensor& pictures) { return Scores(network, pictures); },
               shapes::kHeldOutSeed, held_out);
  std::printf("accuracy on %d held-out pictures: %.4f\n", held_out * shapes::kClasses, accuracy);
}

void Run() {
  at::set_num_threads(absl::GetFlag(FLAGS_threads));
  // Plain interpretation: the profiling executor would compile kernels.
  torch::jit::setGraphExecutorOptimize(false);
  torch::jit::Module network = MakeResidualNetwork(shapes::kClasses, absl::GetFlag(FLAGS_seed));
  network.train();
  Train(network);
  Finish(network);
  Report(network);
  network.save(absl::GetFlag(FLAGS_out));
}

}  // namespace
}  // namespace deepvision::demo

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Trains the demo network and saves it as TorchScript.");
  absl::ParseCommandLine(argc, argv);
  // Said now, not after minutes of training.
  if (std::ofstream(absl::GetFlag(FLAGS_out), std::ios::app).fail()) {
    std::fprintf(stderr, "--out=%s cannot be written\n", absl::GetFlag(FLAGS_out).c_str());
    return 1;
  }
  deepvision::demo::Run();
}
