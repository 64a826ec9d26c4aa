#include "tests/core/activation/references.h"

namespace deepvision {
namespace {

const ReferenceArrays& All() {
  static const ReferenceArrays references("activation");
  return references;
}

}  // namespace

bool HasReference(const std::string& name) { return All().Has(name); }

const ReferenceArray& FindReference(const std::string& name) { return All().Find(name); }

}  // namespace deepvision
