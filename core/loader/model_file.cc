#include "core/loader/model_file.h"

#include <ATen/ops/clone.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/loader/interpreter.h"
#include "core/loader/load_error.h"
#include "core/loader/model_archive.h"

namespace deepvision {
namespace {

namespace tj = torch::jit;

// Scripted code asks for `training` or branches; traced code does neither.
bool LooksScripted(tj::Block* block) {
  for (tj::Node* node : block->nodes()) {
    if (node->kind() == c10::prim::If || node->kind() == c10::prim::Loop) return true;
    if (node->kind() == c10::prim::GetAttr && node->s(c10::attr::name) == "training") return true;
    for (tj::Block* inner : node->blocks()) {
      if (LooksScripted(inner)) return true;
    }
  }
  return false;
}

// The classes of torch.nn keep their settings as constants when they are
// scripted and lose them when they are traced.
bool HasScriptedLayers(const tj::Module& network) {
  static constexpr absl::string_view kClasses[] = {
      "Conv1d", "Conv2d",  "Conv3d", "ConvTranspose2d", "BatchNorm1d", "BatchNorm2d",
      "Linear", "Dropout", "ReLU",   "LayerNorm",       "GroupNorm",   "MaxPool2d"};
  for (const tj::Module& module : network.modules()) {
    const auto name = module.type()->name();
    const bool known = name && std::find(std::begin(kClasses), std::end(kClasses), name->name()) !=
                                   std::end(kClasses);
    if (known && module.type()->numConstants() > 0) return true;
  }
  return false;
}

bool IsTrace(const tj::Module& network) {
  if (HasScriptedLayers(network)) return false;
  for (const tj::Module& module : network.modules()) {
    for (const tj::Method& method : module.get_methods()) {
      method.function().ensure_defined();
      tj::GraphFunction* function = tj::tryToGraphFunction(method.function());
      if (function != nullptr && LooksScripted(function->graph()->block())) return false;
    }
  }
  return true;
}

}  // namespace

struct ModelFile::Module {
  tj::Module module;
  bool is_trace = false;
};

ModelFile::ModelFile(std::unique_ptr<Module> module) : module_(std::move(module)) {
  bool dtype_known = false;
  bool channels_known = false;
  for (const at::Tensor& parameter : module_->module.parameters()) {
    parameter_count_ += parameter.numel();
    if (!dtype_known && parameter.is_floating_point()) {
      input_dtype_ = parameter.scalar_type();
      dtype_known = true;
    }
    if (!channels_known && parameter.dim() == 4) {
      guessed_channels_ = static_cast<int>(parameter.size(1));
      channels_known = true;
    }
  }
}

ModelFile::~ModelFile() = default;

absl::StatusOr<std::unique_ptr<ModelFile>> ModelFile::Open(const std::string& path,
                                                           const std::string& expected_sha256) {
  DV_ASSIGN_OR_RETURN(std::string digest, Sha256OfFile(path));
  if (!expected_sha256.empty() && digest != expected_sha256) {
    return absl::DataLossError(absl::StrCat("the model file has the SHA-256 ", digest,
                                            ", but the manifest says ", expected_sha256,
                                            "; fetch the file again or correct the manifest"));
  }
  DV_RETURN_IF_ERROR(CheckModelArchive(path));
  auto module = std::make_unique<Module>();
  try {
    module->module = tj::load(path, c10::Device(c10::kCPU), /*load_debug_files=*/false);
    module->module.eval();
    module->is_trace = IsTrace(module->module);
  } catch (const std::exception& error) {
    return LoadError(error.what());
  }
  auto file = std::unique_ptr<ModelFile>(new ModelFile(std::move(module)));
  file->digest_ = std::move(digest);
  return file;
}

// Runs the interpreter until it needs no further copies of buffers that the
// network writes (once, for nearly all networks).
absl::StatusOr<Graph> ModelFile::Record(const at::Tensor& sample, absl::Time latest_end) const {
  WrittenStorages written;
  while (true) {
    const c10::AutoGradMode mode(true);
    const at::Tensor leaf = sample.detach().clone().requires_grad_(sample.is_floating_point());
    const at::Tensor input = at::clone(leaf);  // not a leaf: may be written in place
    Recording recording(input);
    Interpreter interpreter(recording, module_->is_trace, written, latest_end);
    absl::StatusOr<c10::IValue> result = absl::InternalError("");
    const absl::Status thrown =
        CallTorch([&] { result = interpreter.Run(module_->module, input); });
    if (!thrown.ok() || (!result.ok() && !absl::IsAborted(result.status()))) {
      const absl::Status& error = thrown.ok() ? result.status() : thrown;
      const auto code =
          absl::IsDeadlineExceeded(error) ? error.code() : absl::StatusCode::kInvalidArgument;
      return absl::Status(code, absl::StrCat("in ", interpreter.Where(), ": ", error.message()));
    }
    if (!result.ok()) {
      written.insert(interpreter.found_storage());
      continue;
    }
    if (interpreter.switched_to_evaluation()) {
      recording.Warn("traced in training mode; evaluated in evaluation mode");
    }
    return std::move(recording).Finish(*result);
  }
}

absl::StatusOr<std::shared_ptr<const Graph>> ModelFile::Specialise(const at::Tensor& sample,
                                                                   absl::Time latest_end) const {
  DV_ASSIGN_OR_RETURN(Graph graph, Record(sample.to(input_dtype_), latest_end));
  if (graph.random)
    graph.warnings.push_back("draws random numbers; results differ from run to run");
  return std::make_shared<const Graph>(std::move(graph));
}

}  // namespace deepvision
