#include "server/convert/page.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "server/convert/field.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

constexpr absl::string_view kTokenPrefix = "page:";

std::string MakeToken(size_t next) {
  return absl::WebSafeBase64Escape(absl::StrCat(kTokenPrefix, next));
}

absl::StatusOr<size_t> ParseToken(absl::string_view token) {
  std::string text;
  uint64_t index = 0;
  absl::string_view rest;
  if (token.size() <= 64 && absl::WebSafeBase64Unescape(token, &text)) {
    rest = text;
    if (absl::ConsumePrefix(&rest, kTokenPrefix) && absl::SimpleAtoi(rest, &index)) return index;
  }
  return FieldError("page_token",
                    "was not made by this server; use next_page_token of the previous page, or "
                    "leave it empty for the first");
}

}  // namespace

absl::StatusOr<Page> SelectPage(uint32_t page_size, absl::string_view page_token,
                                size_t element_count, PageLimits limits) {
  if (page_size == 0) page_size = limits.standard;
  DV_RETURN_IF_ERROR(CheckRange("page_size", page_size, 1, limits.maximum));
  Page page;
  if (!page_token.empty()) {
    DV_ASSIGN_OR_RETURN(page.begin, ParseToken(page_token));
  }
  page.begin = std::min(page.begin, element_count);
  page.end = page.begin + std::min<size_t>(page_size, element_count - page.begin);
  if (page.end < element_count) page.next_token = MakeToken(page.end);
  return page;
}

}  // namespace deepvision
