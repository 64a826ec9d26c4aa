// Makes a Graph by watching operators run.
//
// A front end runs the network once on a sample, operator by operator, and
// reports each call with the very tensors that went in and came out. The
// recording recognises tensors by identity, so lists, tuples, dictionaries and
// objects that carry tensors around need no attention:
//
//   Recording recording(input);
//   recording.BeginCall("conv1", "Conv2d");
//   … run an operator …
//   recording.Observe(call, arguments, results);
//   recording.EndCall(result_of_the_module);
//   absl::StatusOr<Graph> graph = std::move(recording).Finish(result);
//
// Everything that does not depend on the input becomes a constant. Tensors that
// the file owns must never be written: ask MayWrite before an in-place operator
// runs.
//
// Threading: belongs to one thread. Exceptions: those of torch pass through.
#ifndef DEEPVISION_CORE_GRAPH_RECORDING_H_
#define DEEPVISION_CORE_GRAPH_RECORDING_H_

#include <ATen/core/Tensor.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <c10/util/intrusive_ptr.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/graph/graph.h"

namespace deepvision {

// What ran.
struct ObservedOperator {
  const c10::FunctionSchema* schema = nullptr;
  std::function<void(Stack&)> run;
  bool random = false;
  // A result that is no tensor but was computed from the content of one.
  bool reads_content = false;
};

// Whether the operator writes to the memory of the tensors in this argument;
// changing a list (aten::append) writes to no tensor.
bool WritesTensors(const c10::Argument& argument);

class Recording {
 public:
  // `input` is the tensor that stands for the network's input.
  explicit Recording(const at::Tensor& input);

  // Introduces a tensor of the model file; `name` may be empty. Nothing happens
  // when it is known. `trained`: eager PyTorch would see a parameter that
  // requires a gradient; here no weight does.
  void AddConstant(const at::Tensor& tensor, const std::string& name, bool trained = false);

  // True when `tensor` would require a gradient in eager PyTorch because of the
  // parameters that it was computed from.
  bool DependsOnTrained(const at::Tensor& tensor) const;

  // True when no memory of the file would be written by writing to `tensor`.
  bool MayWrite(const at::Tensor& tensor) const;

  // Reports an operator that has run. Nothing is recorded when it made and
  // changed no tensor and read no content.
  void Observe(const ObservedOperator& op, const std::vector<c10::IValue>& arguments,
               c10::ArrayRef<c10::IValue> results);

  // Brackets a call of a module.
  void BeginCall(const std::string& path, const std::string& class_name);
  // `own_result_is_last`: of a tuple, the tensor that was computed last is the
  // module's own result and the others are values that are used outside
  // (traced files).
  void EndCall(const c10::IValue& result, bool own_result_is_last);

  // A warning for people who use the network.
  void Warn(std::string warning) { graph_.warnings.push_back(std::move(warning)); }

  // The graph; `result` is what the network returned.
  absl::StatusOr<Graph> Finish(const c10::IValue& result) &&;

 private:
  struct Known {
    c10::weak_intrusive_ptr<c10::TensorImpl> tensor;  // keeps the address taken
    ValueId value;
  };
  struct AliasSet {
    std::vector<const c10::TensorImpl*> members;
    bool owned_by_file = false;
  };

  const Known* Find(const at::Tensor& tensor) const;
  ValueId AddValue(const at::Tensor& tensor, NodeId producer);
  int32_t AliasSetOf(const at::Tensor& tensor);
  Argument MakeArgument(const c10::IValue& value);
  Argument MakeTensorArgument(const at::Tensor& tensor);
  std::vector<NamedArgument> MakeArguments(const c10::FunctionSchema& schema,
                                           const std::vector<c10::IValue>& arguments);
  ValueId ValueOf(const at::Tensor& tensor);
  bool DependsOnInput(const Node& node) const;
  bool PassesGradientOn(const Node& node) const;
  bool IsWorthRecording(const ObservedOperator& op, const std::vector<c10::IValue>& arguments,
                        c10::ArrayRef<c10::IValue> results) const;
  void AddWrites(const c10::FunctionSchema& schema, const std::vector<c10::IValue>& arguments,
                 Node& node, NodeId id);
  void AddOutputs(c10::ArrayRef<c10::IValue> results, Node& node, NodeId id);
  void CollectResults(const c10::IValue& result, const std::string& path,
                      std::vector<NamedValue>& results);

  Graph graph_;
  std::vector<bool> depends_on_input_;    // by value
  std::vector<bool> depends_on_trained_;  // by value
  absl::flat_hash_map<const c10::TensorImpl*, Known> known_;
  absl::flat_hash_map<const c10::StorageImpl*, int32_t> storage_sets_;
  std::vector<c10::weak_intrusive_ptr<c10::StorageImpl>> storages_;  // keep addresses taken
  std::vector<AliasSet> alias_sets_;
  absl::flat_hash_map<std::string, int> call_counts_;
  std::vector<CallId> open_calls_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_RECORDING_H_
