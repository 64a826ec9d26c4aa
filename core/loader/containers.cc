#include "core/loader/containers.h"

#include <algorithm>
#include <utility>

namespace deepvision {
namespace {

namespace tj = torch::jit;
namespace prim = c10::prim;
using Values = std::vector<c10::IValue>;

c10::IValue MakeList(const c10::ListType& type, Values elements) {
  c10::impl::GenericList list(type.getElementType());
  for (c10::IValue& element : elements) list.push_back(std::move(element));
  return list;
}

c10::IValue MakeDict(const c10::DictType& type, const Values& entries) {
  c10::impl::GenericDict dict(type.getKeyType(), type.getValueType());
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    dict.insert_or_assign(entries[i], entries[i + 1]);
  }
  return dict;
}

c10::IValue MakeTuple(const c10::TupleTypePtr& type, Values elements) {
  return type->schema() ? c10::ivalue::Tuple::createNamed(std::move(elements), type)
                        : c10::ivalue::Tuple::create(std::move(elements));
}

Values Elements(const c10::IValue& value) {
  if (value.isTuple()) {
    const auto& elements = value.toTupleRef().elements();
    return Values(elements.begin(), elements.end());
  }
  return value.toListRef().vec();
}

c10::IValue Index(const c10::IValue& tuple, int64_t index) {
  const Values elements = Elements(tuple);
  return elements.at(index < 0 ? index + static_cast<int64_t>(elements.size()) : index);
}

c10::IValue Slice(tj::Node* node, const c10::IValue& tuple) {
  const Values elements = Elements(tuple);
  return c10::ivalue::Tuple::create(Values(elements.begin() + node->i(c10::attr::beg),
                                           elements.begin() + node->i(c10::attr::end)));
}

c10::IValue MakeObject(tj::Node* node, const std::shared_ptr<tj::CompilationUnit>& unit) {
  const auto type = node->output()->type()->expect<c10::ClassType>();
  return c10::ivalue::Object::create(c10::StrongTypePtr(unit, type), type->numAttributes());
}

bool IsInstance(tj::Node* node, const c10::IValue& value) {
  const auto type = value.type();
  const auto& candidates = node->tys(c10::attr::types);
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const c10::TypePtr& candidate) { return type->isSubtypeOf(*candidate); });
}

}  // namespace

c10::IValue CopyContainer(const c10::IValue& value) {
  if (value.isList()) return value.toList().copy();
  if (value.isGenericDict()) return value.toGenericDict().copy();
  return value;
}

bool IsContainerNode(const tj::Node* node) {
  static constexpr c10::Symbol kKinds[] = {
      prim::ListConstruct, prim::DictConstruct, prim::TupleConstruct, prim::ListUnpack,
      prim::TupleUnpack,   prim::TupleIndex,    prim::TupleSlice,     prim::CreateObject,
      prim::isinstance,    prim::Uninitialized};
  return std::find(std::begin(kKinds), std::end(kKinds), node->kind()) != std::end(kKinds);
}

Values RunContainerNode(tj::Node* node, Values arguments,
                        const std::shared_ptr<tj::CompilationUnit>& unit) {
  const auto kind = node->kind();
  const auto type = [&] { return node->output()->type(); };
  if (kind == prim::ListConstruct) {
    return {MakeList(type()->expectRef<c10::ListType>(), std::move(arguments))};
  }
  if (kind == prim::DictConstruct) return {MakeDict(type()->expectRef<c10::DictType>(), arguments)};
  if (kind == prim::TupleConstruct) {
    return {MakeTuple(type()->expect<c10::TupleType>(), std::move(arguments))};
  }
  if (kind == prim::ListUnpack || kind == prim::TupleUnpack) return Elements(arguments.at(0));
  if (kind == prim::TupleIndex) return {Index(arguments.at(0), arguments.at(1).toInt())};
  if (kind == prim::TupleSlice) return {Slice(node, arguments.at(0))};
  if (kind == prim::CreateObject) return {MakeObject(node, unit)};
  if (kind == prim::isinstance) return {IsInstance(node, arguments.at(0))};
  return {c10::IValue()};  // Uninitialized: never read
}

}  // namespace deepvision
