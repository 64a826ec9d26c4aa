#include "core/loader/model_archive.h"

#include <zip.h>

#include <string>

#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

// An archive of one record that is stored and one that is compressed.
std::string MakeArchive(const TestFolder& folder, zip_uint16_t encryption = ZIP_EM_NONE) {
  const std::string path = (folder.path() / "made.pt").string();
  int error = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  REQUIRE(archive != nullptr);
  static const std::string weights(3000, 'w');
  static const std::string code(5000, 'c');
  for (const std::string* text : {&weights, &code}) {
    zip_source_t* source = zip_source_buffer(archive, text->data(), text->size(), 0);
    const bool stored = text == &weights;
    const auto index = zip_file_add(archive, stored ? "net/data/0" : "net/code.py", source, 0);
    REQUIRE(index >= 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                             stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
    if (encryption != ZIP_EM_NONE) {
      zip_file_set_encryption(archive, static_cast<zip_uint64_t>(index), encryption, "secret");
    }
  }
  REQUIRE(zip_close(archive) == 0);
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::Status Check(const std::string& bytes) {
  return CheckModelArchive(bytes.data(), bytes.size());
}

TEST_CASE("a whole archive passes, from a file and from memory", "[loader][archive]") {
  const TestFolder folder;
  const std::string bytes = MakeArchive(folder);
  REQUIRE_OK(Check(bytes));
  REQUIRE_OK(CheckModelArchive((folder.path() / "made.pt").string()));
}

TEST_CASE("a single flipped bit of a record's bytes is damage", "[loader][archive]") {
  const TestFolder folder;
  std::string bytes = MakeArchive(folder);
  bytes[bytes.find("www") + 1000] ^= 1;
  CHECK_STATUS(Check(bytes), absl::StatusCode::kDataLoss, "damaged");
}

TEST_CASE("a size in the directory that is not the record's is refused", "[loader][archive]") {
  const TestFolder folder;
  const std::string bytes = MakeArchive(folder);
  // Compressed and real size of the first entry of the central directory.
  const size_t entry = bytes.find("PK\1\2");
  for (const size_t field : {entry + 20, entry + 24}) {
    std::string changed = bytes;
    changed[field + 3] = '\x40';  // a gigabyte
    CHECK_FALSE(Check(changed).ok());
  }
}

TEST_CASE("every proper beginning of an archive is refused", "[loader][archive]") {
  const TestFolder folder;
  const std::string bytes = MakeArchive(folder);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string begin = bytes.substr(0, size);
    if (Check(begin).ok()) FAIL("the first " << size << " bytes pass");
  }
  CHECK_STATUS(Check(bytes.substr(0, bytes.size() / 2)), absl::StatusCode::kInvalidArgument,
               "only the beginning of one");
}

TEST_CASE("records that swell beyond all proportion are refused unread", "[loader][archive]") {
  const TestFolder folder;
  std::string bytes = MakeArchive(folder);
  const size_t second = bytes.find("PK\1\2", bytes.find("PK\1\2") + 1);
  const size_t local = bytes.find("PK\3\4", 10);
  for (const size_t field : {second + 24, local + 22}) bytes[field + 3] = '\x40';
  CHECK_STATUS(Check(bytes), absl::StatusCode::kInvalidArgument, "too many bytes");
}

TEST_CASE("an encrypted archive says so", "[loader][archive]") {
  const TestFolder folder;
  CHECK_STATUS(Check(MakeArchive(folder, ZIP_EM_AES_256)), absl::StatusCode::kInvalidArgument,
               "encrypted");
}

TEST_CASE("what is no archive, and what is no file, are told apart", "[loader][archive]") {
  CHECK_STATUS(Check("this is no zip archive"), absl::StatusCode::kInvalidArgument,
               "no TorchScript archive");
  CHECK_STATUS(CheckModelArchive("/nowhere/net.pt"), absl::StatusCode::kNotFound, "permissions");
  CHECK_STATUS(CheckModelArchive("/"), absl::StatusCode::kNotFound, "permissions");
}

}  // namespace
}  // namespace deepvision
