#include "core/loader/operator_rules.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "core/graph/tensors_in.h"

namespace deepvision {
namespace {

// The position of an argument, or -1.
int Position(const c10::FunctionSchema& schema, const char* name) {
  return schema.argumentIndexWithName(name).value_or(-1);
}

bool IsTrue(const std::vector<c10::IValue>& arguments, int position) {
  return position >= 0 && arguments[position].isBool() && arguments[position].toBool();
}

bool IsFalse(const std::vector<c10::IValue>& arguments, int position) {
  return position >= 0 && arguments[position].isBool() && !arguments[position].toBool();
}

bool IsZero(const std::vector<c10::IValue>& arguments, int position) {
  return position >= 0 && arguments[position].isDouble() && arguments[position].toDouble() == 0.0;
}

bool RequiresGradient(const c10::IValue& value) {
  bool requires_gradient = false;
  ForEachTensor(value, [&](const at::Tensor& t) { requires_gradient |= t.requires_grad(); });
  return requires_gradient;
}

at::Tensor WithGradient(const at::Tensor& tensor) {
  if (tensor.requires_grad() || !tensor.is_floating_point()) return tensor;
  return tensor.detach().requires_grad_(true);
}

c10::IValue WithGradient(const c10::IValue& value) {
  if (value.isTensor()) return WithGradient(value.toTensor());
  c10::List<at::Tensor> tensors;
  for (const at::Tensor& tensor : value.toTensorVector()) tensors.push_back(WithGradient(tensor));
  return tensors;
}

}  // namespace

bool ReadsMetadataOnly(const std::string& name) {
  static const auto* const names =
      new absl::flat_hash_set<std::string>{"aten::size",
                                           "aten::sym_size",
                                           "aten::dim",
                                           "aten::ndimension",
                                           "aten::len",
                                           "aten::numel",
                                           "aten::sym_numel",
                                           "aten::stride",
                                           "aten::sym_stride",
                                           "aten::storage_offset",
                                           "aten::is_floating_point",
                                           "aten::is_complex",
                                           "aten::is_contiguous",
                                           "aten::is_signed",
                                           "aten::is_same_size",
                                           "aten::is_inference",
                                           "aten::is_conj",
                                           "aten::is_neg",
                                           "aten::is_pinned",
                                           "aten::element_size",
                                           "aten::get_device",
                                           "aten::result_type",
                                           "aten::can_cast",
                                           "aten::qscheme",
                                           "aten::q_scale",
                                           "aten::q_zero_point",
                                           "aten::__is__",
                                           "aten::__isnot__",
                                           "aten::format",
                                           "aten::str",
                                           "aten::warn",
                                           "aten::requires_grad",
                                           "aten::is_leaf",
                                           "aten::is_autocast_enabled",
                                           "prim::Print",
                                           "prim::dtype",
                                           "prim::device",
                                           "prim::layout",
                                           "prim::shape",
                                           "prim::requires_grad",
                                           "prim::is_cuda",
                                           "prim::is_cpu",
                                           "prim::is_quantized",
                                           "prim::is_sparse",
                                           "prim::is_mkldnn",
                                           "prim::is_nested",
                                           "prim::is_xla",
                                           "prim::is_meta",
                                           "prim::type",
                                           "prim::max_pool2d_with_indices"};
  return names->contains(name);
}

bool SwitchToEvaluation(const c10::FunctionSchema& schema, std::vector<c10::IValue>& arguments) {
  const int statistics = Position(schema, "running_mean");
  if (statistics >= 0 && arguments[statistics].isNone()) return false;
  bool changed = false;
  for (const char* name : {"training", "train"}) {
    const int position = Position(schema, name);
    if (!IsTrue(arguments, position)) continue;
    arguments[position] = false;
    changed = true;
  }
  return changed;
}

bool IsRandom(bool has_seeded_tag, const c10::FunctionSchema& schema,
              const std::vector<c10::IValue>& arguments) {
  if (!has_seeded_tag) return false;
  for (const char* name : {"training", "train"}) {
    if (IsFalse(arguments, Position(schema, name))) return false;
  }
  for (const char* name : {"dropout_p", "dropout", "p"}) {
    if (IsZero(arguments, Position(schema, name))) return false;
  }
  return true;
}

std::optional<int> OperandThatChoosesKernel(const std::string& name,
                                            const std::vector<c10::IValue>& arguments) {
  if (name == "aten::lstm" || name == "aten::gru" || name == "aten::rnn_tanh" ||
      name == "aten::rnn_relu") {
    return arguments[2].isTensorList() ? 2 : 3;  // (input, hx, params) or (data, sizes, hx, params)
  }
  if (name != "aten::matmul" && name != "aten::linear") return std::nullopt;
  const int64_t first = arguments[0].toTensor().dim();
  const int64_t second = arguments[1].toTensor().dim();
  if (std::max(first, second) < 3 || std::min(first, second) > 2) return std::nullopt;
  return first >= second ? 1 : 0;
}

std::function<void(Stack&)> ChooseAsWithGradient(std::function<void(Stack&)> run, int operand) {
  return [run = std::move(run), operand](Stack& stack) {
    const bool wanted = c10::GradMode::is_enabled() &&
                        std::any_of(stack.begin(), stack.end(), [](const c10::IValue& value) {
                          return RequiresGradient(value);
                        });
    const c10::AutoGradMode mode(true);
    stack[operand] = WithGradient(stack[operand]);
    run(stack);
    if (wanted) return;
    for (c10::IValue& result : stack) {
      if (result.isTensor()) result = result.toTensor().detach();
    }
  };
}

}  // namespace deepvision
