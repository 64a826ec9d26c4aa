// Runs a TorchScript module once, instruction by instruction, and reports every
// operator to a Recording.
//
// Control flow, containers, objects and with-statements are carried out as
// TorchScript means them; only operators on tensors reach the recording. The
// module itself is never changed: attributes that its code sets are kept beside
// it for the length of the run.
//
// Threading: belongs to one thread; blocks for about the time of a forward pass.
// Exceptions: those of torch pass through.
#ifndef DEEPVISION_CORE_LOADER_INTERPRETER_H_
#define DEEPVISION_CORE_LOADER_INTERPRETER_H_

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/graph/recording.h"

namespace deepvision {

// Memory of the file that the network's code writes, found while running.
using WrittenStorages = absl::flat_hash_set<const c10::StorageImpl*>;

class Interpreter {
 public:
  // `is_trace`: the file was traced, so a true `training` flag is an accident.
  // `written`: file memory that must be copied before the network uses it.
  // `latest_end`: when a run that is not done is given up.
  Interpreter(Recording& recording, bool is_trace, const WrittenStorages& written,
              absl::Time latest_end)
      : recording_(recording), is_trace_(is_trace), written_(written), latest_end_(latest_end) {}

  // Runs `module.forward(input, …)`; further inputs take their defaults.
  //   kInvalidArgument  not a network that maps one tensor; the text says why
  //   kAborted          the code writes memory of the file; found_storage()
  //                     must be in `written`: run again with it
  //   kDeadlineExceeded not done by `latest_end`
  absl::StatusOr<c10::IValue> Run(const torch::jit::Module& module, const at::Tensor& input);

  const c10::StorageImpl* found_storage() const { return found_storage_; }

  // "module "layer1.0" (BasicBlock), operator aten::add": where it is now, for
  // errors.
  std::string Where() const;

  // Some operator was switched from training to evaluation mode.
  bool switched_to_evaluation() const { return switched_to_evaluation_; }

 private:
  // A value of the script; `path` is the module path when it is a module.
  struct Slot {
    c10::IValue value;
    std::shared_ptr<const std::string> path;
  };
  using Slots = std::vector<Slot>;
  using Frame = absl::flat_hash_map<const torch::jit::Value*, Slot>;
  struct OpenModule {
    std::string path;
    std::string class_name;
  };

  absl::StatusOr<Slots> ForwardArguments(const torch::jit::Module& module, const at::Tensor& input,
                                         const c10::FunctionSchema& schema);
  absl::StatusOr<Slots> CallFunction(torch::jit::Function& function, Slots arguments);
  absl::StatusOr<Slots> CallMethod(const std::string& name, Slots arguments);
  absl::StatusOr<Slots> RunGraph(torch::jit::Graph& graph, Slots arguments);
  absl::StatusOr<Slots> RunBlock(torch::jit::Block* block, Frame& frame);

  // Code may loop for ever; it gets so many steps and so much time.
  absl::Status CheckProgress();

  // Each runs one node and returns its results.
  absl::StatusOr<Slots> RunNode(torch::jit::Node* node, Frame& frame);
  absl::StatusOr<Slots> RunIf(torch::jit::Node* node, Frame& frame);
  absl::StatusOr<Slots> RunLoop(torch::jit::Node* node, Frame& frame);
  absl::StatusOr<Slots> RunFork(torch::jit::Node* node, Frame& frame);
  absl::StatusOr<Slots> RunOperator(torch::jit::Node* node, std::vector<c10::IValue> arguments);
  absl::StatusOr<Slots> RunBuiltin(torch::jit::Function& function,
                                   std::vector<c10::IValue> arguments);
  // Operators that stand in files traced or frozen without gradients, and have
  // none; they are run as the plain operators that they are made of.
  bool IsFusedWithoutDerivative(const std::string& name,
                                const std::vector<c10::IValue>& arguments) const;
  absl::StatusOr<Slots> RunWrittenOut(const std::string& name, std::vector<c10::IValue> arguments);
  Slots RunConstant(torch::jit::Node* node);
  Slots RunGetAttribute(torch::jit::Node* node, const Slot& object);
  void RunSetAttribute(torch::jit::Node* node, const Slot& object, const Slot& value);

  static Slots ArgumentsOf(torch::jit::Node* node, Frame& frame);
  absl::Status CheckWrites(const c10::FunctionSchema& schema,
                           const std::vector<c10::IValue>& arguments);
  void ObserveShape(const at::Tensor& tensor);
  // A tensor of the file as the network may use it: without gradient, copied
  // first when the network writes it.
  at::Tensor FileTensor(const at::Tensor& tensor, const std::string& name);
  // A list or dictionary of its own, with such tensors.
  c10::IValue FileContainer(const c10::IValue& value, const std::string& name);
  // Python's numbers stand in traces as tensor constants without dimensions;
  // they must not take part in deciding the type of a result.
  c10::IValue AsPythonNumber(const torch::jit::Node* node, size_t input, const c10::IValue& value);
  // In eager PyTorch it would require a gradient.
  bool IsTrained(const c10::IValue& value) const;

  Recording& recording_;
  const bool is_trace_;
  const WrittenStorages& written_;
  const absl::Time latest_end_;
  int64_t steps_ = 0;
  const c10::StorageImpl* found_storage_ = nullptr;
  bool switched_to_evaluation_ = false;
  std::shared_ptr<torch::jit::CompilationUnit> unit_;         // of the module
  std::shared_ptr<torch::jit::CompilationUnit> written_out_;  // see RunWrittenOut
  absl::flat_hash_map<const c10::TensorImpl*, at::Tensor> file_tensors_;
  std::vector<at::Tensor> originals_;  // keeps the keys of file_tensors_ alive
  // Attributes as the running code has set them.
  absl::flat_hash_map<std::pair<const c10::ivalue::Object*, std::string>, Slot> attributes_;
  std::vector<c10::intrusive_ptr<c10::ivalue::Object>> objects_;  // keeps the keys alive
  std::vector<OpenModule> open_modules_;
  std::string current_operator_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_INTERPRETER_H_
