#include "server/convert/page.h"

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("following the tokens visits every element once", "[server][convert]") {
  std::string token;
  std::vector<size_t> seen;
  do {
    const auto page = SelectPage(3, token, 10, PageLimits{});
    REQUIRE_OK(page);
    for (size_t i = page->begin; i < page->end; ++i) seen.push_back(i);
    token = page->next_token;
  } while (!token.empty());
  CHECK(seen == std::vector<size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a page that ends with the list has no next token", "[server][convert]") {
  CHECK(SelectPage(5, "", 5, PageLimits{})->next_token.empty());
  CHECK(SelectPage(0, "", 0, PageLimits{})->end == 0);
  CHECK(SelectPage(0, "", 1000, PageLimits{})->end == 100);
}

TEST_CASE("a token of somebody else is refused", "[server][convert]") {
  for (const char* token : {"abc", "cGFnZTp4", "////", "cGFnZTotMQ"}) {
    CHECK_STATUS(SelectPage(1, token, 5, PageLimits{}), absl::StatusCode::kInvalidArgument,
                 "page_token: ");
  }
}

TEST_CASE("a page beyond the limit is refused", "[server][convert]") {
  CHECK_STATUS(SelectPage(1001, "", 5, PageLimits{}), absl::StatusCode::kInvalidArgument,
               "page_size: is 1001; it must be 1 to 1000");
}

TEST_CASE("a token past the end of a list that shrank gives an empty page", "[server][convert]") {
  const std::string token = SelectPage(4, "", 10, PageLimits{})->next_token;
  const auto page = SelectPage(4, token, 2, PageLimits{});
  REQUIRE_OK(page);
  CHECK(page->begin == page->end);
  CHECK(page->next_token.empty());
}

}  // namespace
}  // namespace deepvision
