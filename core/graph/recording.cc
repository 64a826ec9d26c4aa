#include "core/graph/recording.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/graph/prune_constants.h"
#include "core/graph/tensors_in.h"

namespace deepvision {
namespace {

// "aten::relu_" -> "relu"; "aten::_convolution" -> "convolution".
std::string ShortName(const std::string& qualified) {
  std::string name = qualified.substr(qualified.rfind(':') + 1);
  while (name.size() > 1 && name.back() == '_') name.pop_back();
  if (name.size() > 1 && name.front() == '_' && name[1] != '_') name.erase(0, 1);
  return name;
}

// Traces record the internal operator that conv1d, conv2d, … call.
std::string ConvolutionName(const c10::FunctionSchema& schema,
                            const std::vector<c10::IValue>& arguments) {
  const auto transposed = schema.argumentIndexWithName("transposed");
  const bool is_transposed = transposed && arguments[*transposed].toBool();
  const int64_t dimensions = arguments[1].toTensor().dim() - 2;
  return absl::StrCat(is_transposed ? "conv_transpose" : "conv", dimensions, "d");
}

std::string OperatorName(const c10::FunctionSchema& schema,
                         const std::vector<c10::IValue>& arguments) {
  const std::string name = ShortName(schema.name());
  return name == "convolution" ? ConvolutionName(schema, arguments) : name;
}

bool HoldsTensor(const c10::IValue& value) {
  bool holds = false;
  ForEachTensor(value, [&](const at::Tensor&) { holds = true; });
  return holds;
}

}  // namespace

bool WritesTensors(const c10::Argument& argument) {
  const c10::AliasInfo* alias = argument.alias_info();
  if (alias == nullptr || !alias->isWrite()) return false;
  const c10::TypeKind kind = argument.type()->kind();
  const bool container = kind == c10::TypeKind::ListType || kind == c10::TypeKind::DictType;
  return !container || !alias->containedTypes().empty();
}

Recording::Recording(const at::Tensor& input) {
  graph_.input = AddValue(input, kNone);
  graph_.values[graph_.input].constant.reset();
  depends_on_input_[graph_.input] = true;
}

const Recording::Known* Recording::Find(const at::Tensor& tensor) const {
  const auto found = known_.find(tensor.unsafeGetTensorImpl());
  return found == known_.end() ? nullptr : &found->second;
}

int32_t Recording::AliasSetOf(const at::Tensor& tensor) {
  if (!tensor.has_storage()) {
    alias_sets_.emplace_back();
    return static_cast<int32_t>(alias_sets_.size()) - 1;
  }
  const c10::StorageImpl* storage = tensor.storage().unsafeGetStorageImpl();
  const auto [entry, is_new] =
      storage_sets_.try_emplace(storage, static_cast<int32_t>(alias_sets_.size()));
  if (is_new) {
    alias_sets_.emplace_back();
    storages_.push_back(tensor.storage().getWeakStorageImpl());
  }
  return entry->second;
}

// Values start out as constants; what depends on the input is told apart in
// Observe and at the end.
ValueId Recording::AddValue(const at::Tensor& tensor, NodeId producer) {
  const auto id = static_cast<ValueId>(graph_.values.size());
  Value& value = graph_.values.emplace_back();
  value.producer = producer;
  value.reg = graph_.register_count++;
  value.alias_set = AliasSetOf(tensor);
  value.sizes = tensor.sizes().vec();
  value.dtype = tensor.scalar_type();
  value.differentiable = tensor.requires_grad();
  value.constant = tensor;
  depends_on_input_.push_back(false);
  depends_on_trained_.push_back(false);
  alias_sets_[value.alias_set].members.push_back(tensor.unsafeGetTensorImpl());
  known_.insert_or_assign(
      tensor.unsafeGetTensorImpl(),
      Known{c10::weak_intrusive_ptr<c10::TensorImpl>(tensor.getIntrusivePtr()), id});
  return id;
}

void Recording::AddConstant(const at::Tensor& tensor, const std::string& name, bool trained) {
  if (!tensor.defined() || Find(tensor) != nullptr) return;
  const ValueId id = AddValue(tensor, kNone);
  graph_.values[id].weight_name = name;
  alias_sets_[graph_.values[id].alias_set].owned_by_file = true;
  depends_on_trained_[id] = trained;
}

bool Recording::DependsOnTrained(const at::Tensor& tensor) const {
  const Known* known = Find(tensor);
  return known != nullptr && depends_on_trained_[known->value];
}

bool Recording::MayWrite(const at::Tensor& tensor) const {
  const Known* known = Find(tensor);
  return known == nullptr || !alias_sets_[graph_.values[known->value].alias_set].owned_by_file;
}

ValueId Recording::ValueOf(const at::Tensor& tensor) {
  AddConstant(tensor, "");
  return Find(tensor)->value;
}

Argument Recording::MakeTensorArgument(const at::Tensor& tensor) {
  Argument argument;
  if (!tensor.defined()) {
    argument.constant = tensor;
    return argument;
  }
  argument.kind = Argument::Kind::kValue;
  argument.value = ValueOf(tensor);
  return argument;
}

Argument Recording::MakeArgument(const c10::IValue& value) {
  if (value.isTensor()) return MakeTensorArgument(value.toTensor());
  Argument argument;
  if (!value.isList() || !HoldsTensor(value)) {
    // Containers may change later in the run; the argument must not.
    argument.constant = value.isList() || value.isGenericDict() ? value.deepcopy() : value;
    return argument;
  }
  argument.kind = Argument::Kind::kList;
  argument.element_type = value.type()->expectRef<c10::ListType>().getElementType();
  for (const c10::IValue& element : value.toListRef()) {
    argument.elements.push_back(MakeArgument(element));
  }
  return argument;
}

std::vector<NamedArgument> Recording::MakeArguments(const c10::FunctionSchema& schema,
                                                    const std::vector<c10::IValue>& arguments) {
  std::vector<NamedArgument> named;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool in_schema = i < schema.arguments().size();
    named.push_back(
        {in_schema ? schema.arguments()[i].name() : std::string(), MakeArgument(arguments[i])});
  }
  return named;
}

bool Recording::DependsOnInput(const Node& node) const {
  bool depends = node.random;
  ForEachArgumentValue(node, [&](ValueId value) { depends |= depends_on_input_[value]; });
  return depends;
}

// As eager PyTorch's autograd would mark results.
bool Recording::PassesGradientOn(const Node& node) const {
  bool passes = false;
  ForEachArgumentValue(node, [&](ValueId value) { passes |= depends_on_trained_[value]; });
  return passes && node.grad_enabled && node.op_name != "aten::detach";
}

void Recording::AddOutputs(c10::ArrayRef<c10::IValue> results, Node& node, NodeId id) {
  const bool depends = DependsOnInput(node);
  const bool trained = PassesGradientOn(node);
  for (const c10::IValue& result : results) {
    ForEachTensor(result, [&](const at::Tensor& tensor) {
      if (Find(tensor) != nullptr) {
        node.outputs.push_back(kNone);
        return;
      }
      const ValueId value = AddValue(tensor, id);
      if (depends) graph_.values[value].constant.reset();
      depends_on_input_[value] = depends;
      depends_on_trained_[value] = trained && tensor.is_floating_point();
      node.outputs.push_back(value);
    });
  }
}

// Every living tensor that shares memory with a written one gets a new value,
// the written one first.
void Recording::AddWrites(const c10::FunctionSchema& schema,
                          const std::vector<c10::IValue>& arguments, Node& node, NodeId id) {
  const bool depends = DependsOnInput(node);
  const bool trained = PassesGradientOn(node);
  const auto add_version = [&](const c10::TensorImpl* member) {
    Known& known = known_.at(member);
    const auto alive = known.tensor.lock();
    if (!alive) return;
    const at::Tensor tensor(alive);
    const ValueId value = static_cast<ValueId>(graph_.values.size());
    Value version = graph_.values[known.value];
    version.previous = known.value;
    version.producer = id;
    version.sizes = tensor.sizes().vec();
    version.differentiable = tensor.requires_grad();
    version.weight_name.clear();
    const bool version_depends = depends || depends_on_input_[known.value];
    version.constant = version_depends ? std::nullopt : std::make_optional(tensor);
    graph_.values.push_back(std::move(version));
    depends_on_input_.push_back(version_depends);
    depends_on_trained_.push_back(trained || depends_on_trained_[known.value]);
    known.value = value;
    node.writes.push_back(value);
  };
  for (size_t i = 0; i < arguments.size() && i < schema.arguments().size(); ++i) {
    if (!WritesTensors(schema.arguments()[i])) continue;
    ForEachTensor(arguments[i], [&](const at::Tensor& tensor) {
      const c10::TensorImpl* written = tensor.unsafeGetTensorImpl();
      add_version(written);
      const int32_t set = graph_.values[known_.at(written).value].alias_set;
      for (const c10::TensorImpl* member : std::vector(alias_sets_[set].members)) {
        if (member != written) add_version(member);
      }
    });
  }
}

// Most instructions of a script only move tensors about.
bool Recording::IsWorthRecording(const ObservedOperator& op,
                                 const std::vector<c10::IValue>& arguments,
                                 c10::ArrayRef<c10::IValue> results) const {
  bool worth = op.reads_content && !results.empty();
  for (const c10::IValue& result : results) {
    ForEachTensor(result, [&](const at::Tensor& tensor) { worth |= Find(tensor) == nullptr; });
  }
  for (size_t i = 0; i < arguments.size() && i < op.schema->arguments().size(); ++i) {
    worth |= WritesTensors(op.schema->arguments()[i]) && HoldsTensor(arguments[i]);
  }
  return worth;
}

void Recording::Observe(const ObservedOperator& op, const std::vector<c10::IValue>& arguments,
                        c10::ArrayRef<c10::IValue> results) {
  if (!IsWorthRecording(op, arguments, results)) return;
  Node node;
  node.op_name = op.schema->name();
  node.run = op.run;
  node.random = op.random;
  node.call = open_calls_.empty() ? kNone : open_calls_.back();
  node.grad_enabled = c10::GradMode::is_enabled();
  node.arguments = MakeArguments(*op.schema, arguments);
  const auto id = static_cast<NodeId>(graph_.nodes.size());
  AddOutputs(results, node, id);
  AddWrites(*op.schema, arguments, node, id);
  const bool makes_value = std::any_of(node.outputs.begin(), node.outputs.end(),
                                       [](ValueId value) { return value != kNone; });
  if (!makes_value && node.writes.empty()) {
    if (!op.reads_content || !DependsOnInput(node) || results.empty()) return;
    node.guard = results[0].isList() ? results[0].deepcopy() : results[0];
  }
  node.op = OperatorName(*op.schema, arguments);
  graph_.nodes.push_back(std::move(node));
}

void Recording::BeginCall(const std::string& path, const std::string& class_name) {
  ModuleCall call;
  call.path = path;
  call.class_name = class_name;
  call.repeat = call_counts_[path]++;
  call.parent = open_calls_.empty() ? kNone : open_calls_.back();
  call.first_node = static_cast<NodeId>(graph_.nodes.size());
  open_calls_.push_back(static_cast<CallId>(graph_.calls.size()));
  graph_.calls.push_back(std::move(call));
}

void Recording::CollectResults(const c10::IValue& result, const std::string& path,
                               std::vector<NamedValue>& results) {
  const auto descend = [&](const c10::IValue& element, const std::string& key) {
    CollectResults(element, path.empty() ? key : absl::StrCat(path, ".", key), results);
  };
  if (result.isTensor()) {
    if (result.toTensor().defined()) results.push_back({path, ValueOf(result.toTensor())});
  } else if (result.isTuple() || result.isList()) {
    const auto elements = result.isTuple()
                              ? c10::ArrayRef<c10::IValue>(result.toTupleRef().elements())
                              : result.toListRef();
    for (size_t i = 0; i < elements.size(); ++i) descend(elements[i], absl::StrCat(i));
  } else if (result.isGenericDict()) {
    for (const auto& entry : result.toGenericDict()) {
      descend(entry.value(), entry.key().isString() ? entry.key().toStringRef()
                                                    : absl::StrCat(entry.key().toInt()));
    }
  }
}

void Recording::EndCall(const c10::IValue& result, bool own_result_is_last) {
  std::vector<NamedValue> results;
  CollectResults(result, "", results);
  if (own_result_is_last && result.isTuple() && !results.empty()) {
    const auto last = std::max_element(
        results.begin(), results.end(), [&](const NamedValue& a, const NamedValue& b) {
          return graph_.values[a.value].producer < graph_.values[b.value].producer;
        });
    results.insert(results.begin(), NamedValue{"", last->value});
  }
  ModuleCall& call = graph_.calls[open_calls_.back()];
  call.results = std::move(results);
  call.end_node = static_cast<NodeId>(graph_.nodes.size());
  call.value_not_stored = result.isNone();
  open_calls_.pop_back();
}

absl::StatusOr<Graph> Recording::Finish(const c10::IValue& result) && {
  CollectResults(result, "", graph_.outputs);
  if (graph_.outputs.empty()) {
    return absl::InvalidArgumentError("the network returns no tensor");
  }
  return PruneConstants(std::move(graph_));
}

}  // namespace deepvision
