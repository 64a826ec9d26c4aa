// DV_RETURN_IF_ERROR and DV_ASSIGN_OR_RETURN, as newer Abseil has them.
//
//   DV_RETURN_IF_ERROR(Check(x));
//   DV_ASSIGN_OR_RETURN(const Graph graph, Load(path));
#ifndef DEEPVISION_CORE_BASE_STATUS_MACROS_H_
#define DEEPVISION_CORE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define DV_RETURN_IF_ERROR(expression)                            \
  do {                                                            \
    if (absl::Status dv_status = (expression); !dv_status.ok()) { \
      return dv_status;                                           \
    }                                                             \
  } while (false)

#define DV_CONCAT_INNER_(a, b) a##b
#define DV_CONCAT_(a, b) DV_CONCAT_INNER_(a, b)
#define DV_ASSIGN_OR_RETURN(declaration, expression) \
  DV_ASSIGN_OR_RETURN_(DV_CONCAT_(dv_result_, __LINE__), declaration, expression)
#define DV_ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                                 \
  if (!result.ok()) return std::move(result).status();        \
  declaration = *std::move(result)

#endif  // DEEPVISION_CORE_BASE_STATUS_MACROS_H_
