#include "core/store/visualization_record.h"

#include <string>

#include "tests/core/store/records.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("a record is read as it was written", "[store][record]") {
  const VisualizationRecord record = MakeRecord(5, 3);
  const auto read = DecodeRecord("key", HostBuffer(EncodeRecord("key", record)));
  REQUIRE_OK(read);
  CHECK(read->network == "demo");
  CHECK(read->layer == "conv1");
  CHECK(read->unit == 5);
  CHECK(read->produced_by.build == "2.11");
  CHECK(read->produced_by.numerics == Numerics::kFast);
  CHECK(read->finished == record.finished);
  CHECK(read->compute_time == absl::Milliseconds(12));
  REQUIRE(read->images.size() == 2);
  CHECK(read->images[0].quality.dataset_maximum == 2.5F);
  CHECK_FALSE(read->images[1].quality.dataset_maximum.has_value());
  CHECK(read->images[1].snapshots[1].step == 9);
  CHECK(IsWhole(*read, record));
}

TEST_CASE("a record's values can be read in place as floats", "[store][record]") {
  const auto read = DecodeRecord("key", HostBuffer(EncodeRecord("key", MakeRecord(1))));
  REQUIRE_OK(read);
  for (const RecordedImage& image : read->images) {
    CHECK(reinterpret_cast<uintptr_t>(image.values.data()) % alignof(float) == 0);
  }
}

TEST_CASE("bytes of another key are not a record of this one", "[store][record]") {
  CHECK_STATUS(DecodeRecord("other", HostBuffer(EncodeRecord("key", MakeRecord(1)))),
               absl::StatusCode::kDataLoss, "another key");
}

TEST_CASE("a record that is cut anywhere, or goes on, is an error", "[store][record]") {
  const std::string bytes = EncodeRecord("key", MakeRecord(1, 0, 2));
  for (size_t size = 0; size < bytes.size(); ++size) {
    if (DecodeRecord("key", HostBuffer(bytes.substr(0, size))).ok()) FAIL("cut at " << size);
  }
  CHECK_FALSE(DecodeRecord("key", HostBuffer(bytes + '\0')).ok());
}

TEST_CASE("no byte of a record can make reading it crash", "[store][record]") {
  const std::string bytes = EncodeRecord("key", MakeRecord(1, 0, 2));
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string damaged = bytes;
      damaged[at] = value;
      DecodeRecord("key", HostBuffer(damaged)).status().IgnoreError();
    }
  }
  SUCCEED();
}

TEST_CASE("images of other sizes than the record's are an error", "[store][record]") {
  VisualizationRecord record = MakeRecord(1);
  record.images[1].values = PatternOf(4, 0, 0);
  CHECK_STATUS(DecodeRecord("key", HostBuffer(EncodeRecord("key", record))),
               absl::StatusCode::kDataLoss, "other sizes");
  record = MakeRecord(1);
  record.images[0].snapshots[0].width = 1 << 20;
  CHECK_FALSE(DecodeRecord("key", HostBuffer(EncodeRecord("key", record))).ok());
  record = MakeRecord(1);
  record.images.clear();
  CHECK_FALSE(DecodeRecord("key", HostBuffer(EncodeRecord("key", record))).ok());
}

}  // namespace
}  // namespace deepvision
