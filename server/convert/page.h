// Pages of a list. The token is opaque to clients; inside it is the index of the
// next element.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_PAGE_H_
#define DEEPVISION_SERVER_CONVERT_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// Elements [begin, end) and the token of what follows (empty: nothing).
struct Page {
  size_t begin = 0;
  size_t end = 0;
  std::string next_token;
};

struct PageLimits {
  uint32_t standard = 100;
  uint32_t maximum = 1000;
};

// kInvalidArgument for a size over the maximum and for a token that this server
// did not make.
absl::StatusOr<Page> SelectPage(uint32_t page_size, absl::string_view page_token,
                                size_t element_count, PageLimits limits);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_PAGE_H_
