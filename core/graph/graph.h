// A network as a flat list of operator calls, for one input shape and dtype and
// one way through its control flow: a *specialisation*.
//
// A Graph is what a front end (core/loader) makes of a model file. It has no
// control flow, no modules and no scalars that depend on the input: loops are
// unrolled, branches taken, shapes are constants. What was decided by looking at
// a tensor is a guard, checked again on every run.
//
// Values and in-place operators. A *value* is the content of one tensor at one
// time. An in-place operator makes new values for the tensor that it writes and
// for every tensor that shares memory with it; they stay in the same *register*.
// So a value is never wrong, it is only gone once a later node has overwritten
// its register; Plan copies what somebody wants to keep.
//
// Threading: immutable after construction; share it as shared_ptr<const Graph>.
// Ownership: constants share their storage with the model file's weights.
#ifndef DEEPVISION_CORE_GRAPH_GRAPH_H_
#define DEEPVISION_CORE_GRAPH_GRAPH_H_

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// Arguments and results of a boxed operator, last on top.
using Stack = std::vector<c10::IValue>;

using ValueId = int32_t;     // index into Graph::values
using NodeId = int32_t;      // index into Graph::nodes
using CallId = int32_t;      // index into Graph::calls
using RegisterId = int32_t;  // see Graph::register_count
inline constexpr int32_t kNone = -1;

// One argument of an operator: a constant, a value, or a list of arguments that
// is put together anew for each run.
struct Argument {
  enum class Kind { kConstant, kValue, kList };
  Kind kind = Kind::kConstant;
  c10::IValue constant;
  ValueId value = kNone;
  std::vector<Argument> elements;
  c10::TypePtr element_type;  // of kList
};

struct NamedArgument {
  std::string name;  // as in the operator's schema
  Argument argument;
};

// An operator call.
struct Node {
  std::string id;                        // "layer1.0/add", "@k" for repeats; see FindValue
  std::string op;                        // short name: "conv2d", "add", "relu"
  std::string op_name;                   // as the dispatcher knows it: "aten::relu_"
  std::function<void(Stack&)> run;       // pops the arguments, pushes results
  std::vector<NamedArgument> arguments;  // in the order of the schema
  // The tensors among the results, lists flattened; kNone for a tensor that is
  // one of the arguments.
  std::vector<ValueId> outputs;
  std::vector<ValueId> writes;  // values made by writing in place
  CallId call = kNone;          // innermost module call around it
  bool grad_enabled = true;     // false inside torch.no_grad()
  bool random = false;          // another result every time
  // The first result must equal this, else the specialisation does not fit.
  std::optional<c10::IValue> guard;
};

// The content of a tensor at one time.
struct Value {
  NodeId producer = kNone;   // kNone: the input or a constant
  ValueId previous = kNone;  // what `producer` overwrote, for in-place writes
  RegisterId reg = kNone;
  int32_t alias_set = kNone;   // values with equal sets may share memory
  std::vector<int64_t> sizes;  // with the batch dimension
  c10::ScalarType dtype = c10::ScalarType::Float;
  bool differentiable = false;  // a gradient flows from it to the input
  // Independent of the input. Weights have a name ("layer1.0.conv1.weight").
  std::optional<at::Tensor> constant;
  std::string weight_name;
};

// A result of a module, or of the network. `path` leads into nested tuples,
// lists and dictionaries: "", "0", "1.0", "out".
struct NamedValue {
  std::string path;
  ValueId value = kNone;
};

// One call of a module. results[i] is what a forward hook would get.
struct ModuleCall {
  std::string path;        // "layer1.0.relu"; "" for the network itself
  std::string class_name;  // "ReLU"
  int repeat = 0;          // 0 for the first call of this path
  CallId parent = kNone;
  std::vector<NamedValue> results;
  NodeId first_node = 0;  // nodes [first_node, end_node) ran inside
  NodeId end_node = 0;
  // The file names the module but holds neither argument nor result of it.
  bool value_not_stored = false;
};

struct Graph {
  std::vector<Node> nodes;  // in execution order
  std::vector<Value> values;
  std::vector<ModuleCall> calls;  // calls[0] is the network itself
  ValueId input = 0;
  std::string input_id = "input";  // "/input" where a module has that name
  std::vector<NamedValue> outputs;
  int32_t register_count = 0;
  bool random = false;  // some node is
  std::vector<std::string> warnings;
  // Every name of every value that can be asked for. See FindValue.
  absl::flat_hash_map<std::string, ValueId> ids;
};

// The value called `id`, or kNone:
//   "input"                  the network's input (see Graph::input_id)
//   "layer1.0.relu"          what a forward hook on the module gets; "@1" for
//                            its second call, ":0", ":a.1" for parts of results
//   "layer1.0/add"           an operator, "@1" for repeats, ":1" for its second
//                            result
ValueId FindValue(const Graph& graph, absl::string_view id);

// "path@repeat", without the suffix for the first call.
std::string CallName(const ModuleCall& call);

// The argument called `name`, or nullptr.
const Argument* FindArgument(const Node& node, absl::string_view name);

// Calls `visit(ValueId)` for each value among the arguments of `node`.
void ForEachArgumentValue(const Node& node, const std::function<void(ValueId)>& visit);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_GRAPH_H_
