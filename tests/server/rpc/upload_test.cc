#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "deepvision/v1/dataset.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::DatasetService;

v1::UploadInputRequest StartOf(v1::Input input, uint64_t byte_count) {
  v1::UploadInputRequest request;
  *request.mutable_start()->mutable_input() = std::move(input);
  request.mutable_start()->set_byte_count(byte_count);
  return request;
}

v1::Input Picture() {
  v1::Input input;
  input.set_encoded_image("");
  return input;
}

v1::Input Gray(uint32_t width, uint32_t height) {
  v1::Input input;
  input.mutable_pixels()->set_format(v1::PIXEL_FORMAT_GRAY8);
  input.mutable_pixels()->set_width(width);
  input.mutable_pixels()->set_height(height);
  return input;
}

v1::UploadInputRequest Data(std::string bytes) {
  v1::UploadInputRequest request;
  request.set_data(std::move(bytes));
  return request;
}

struct Upload {
  explicit Upload(const LoopbackServer& server)
      : context(MakeContext()),
        stub(server.Stub<Service>()),
        writer(stub->UploadInput(context.get(), &response)) {}

  grpc::Status Finish() {
    writer->WritesDone();
    return writer->Finish();
  }

  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<Service::Stub> stub;
  v1::UploadInputResponse response;
  std::unique_ptr<grpc::ClientWriter<v1::UploadInputRequest>> writer;
};

grpc::Status UploadAll(const LoopbackServer& server,
                       const std::vector<v1::UploadInputRequest>& messages) {
  Upload upload(server);
  for (const v1::UploadInputRequest& message : messages) {
    if (!upload.writer->Write(message)) break;
  }
  return upload.Finish();
}

TEST_CASE("an upload arrives whole and is named by its digest", "[server][upload]") {
  LoopbackServer server;
  Upload upload(server);
  v1::UploadInputRequest first = StartOf(Gray(100, 50), 5000);
  first.set_data(std::string(1000, 'a'));
  REQUIRE(upload.writer->Write(first));
  REQUIRE(upload.writer->Write(Data(std::string(3999, 'b'))));
  REQUIRE(upload.writer->Write(Data("c")));
  CHECK(upload.Finish().ok());
  CHECK(upload.response.input_digest().size() == 64);
  const std::vector<Input> stored = server.engine().stored_inputs();
  REQUIRE(stored.size() == 1);
  const auto& pixels = std::get<Pixels>(stored[0]);
  CHECK(pixels.width == 100);
  const std::string bytes(reinterpret_cast<const char*>(pixels.bytes.data()), pixels.bytes.size());
  CHECK(bytes == std::string(1000, 'a') + std::string(3999, 'b') + "c");
  CHECK(server.WaitUntilIdle());
  CHECK(server.server().uploads().in_use() == 0);
}

TEST_CASE("an upload that is not what it announced is refused", "[server][upload]") {
  LoopbackServer server;
  const auto check = [&](const std::vector<v1::UploadInputRequest>& messages, grpc::StatusCode code,
                         const std::string& text) {
    const grpc::Status status = UploadAll(server, messages);
    INFO(status.error_message());
    CHECK(status.error_code() == code);
    CHECK(status.error_message().find(text) != std::string::npos);
  };
  const auto invalid = grpc::StatusCode::INVALID_ARGUMENT;
  check({}, invalid, "start: is not set");
  check({Data("x")}, invalid, "start: is not set");
  check({StartOf(Picture(), 3), Data("ab")}, invalid, "was 2 bytes long in all");
  check({StartOf(Picture(), 3), Data("abcd")}, invalid, "goes beyond the 3 bytes");
  check({StartOf(Picture(), 3), StartOf(Picture(), 3)}, invalid, "first message only");
  check({StartOf(Picture(), 0)}, invalid, "start.byte_count: is 0");
  check({StartOf(Gray(3, 3), 8)}, invalid, "start.input.pixels.data");
  v1::Input noise;
  noise.mutable_noise()->set_seed(1);
  check({StartOf(noise, 8)}, invalid, "start.input: has no bytes");
  v1::Input full;
  full.set_encoded_image("bytes");
  check({StartOf(full, 8)}, invalid, "start.input.encoded_image: must be empty");
  check({StartOf(Picture(), FakeEngine::kMaxUploadBytes + 1)}, grpc::StatusCode::RESOURCE_EXHAUSTED,
        "at most");
  CHECK(server.engine().stored_inputs().empty());
  CHECK(server.WaitUntilIdle());
  CHECK(server.server().uploads().in_use() == 0);
}

TEST_CASE("all uploads together hold a limited number of bytes", "[server][upload]") {
  LoopbackServer server;
  std::vector<std::unique_ptr<Upload>> uploads;
  std::vector<grpc::Status> ends(3);
  std::vector<std::thread> readers;
  absl::Notification refused;
  for (size_t i = 0; i < ends.size(); ++i) {
    uploads.push_back(std::make_unique<Upload>(server));
    REQUIRE(uploads[i]->writer->Write(StartOf(Picture(), FakeEngine::kMaxUploadBytes)));
    readers.emplace_back([&refused, &end = ends[i], &writer = *uploads[i]->writer] {
      end = writer.Finish();
      if (end.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) refused.Notify();
    });
  }
  CHECK(refused.WaitForNotificationWithTimeout(absl::Seconds(20)));
  CHECK(server.server().uploads().in_use() == 2 * FakeEngine::kMaxUploadBytes);
  for (const auto& upload : uploads) upload->context->TryCancel();
  for (std::thread& reader : readers) reader.join();
  int cancelled = 0;
  for (const grpc::Status& end : ends) {
    if (end.error_code() == grpc::StatusCode::CANCELLED) ++cancelled;
    if (end.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) continue;
    CHECK(DetailsOf(end.error_details()).retry.has_value());
  }
  CHECK(cancelled == 2);
  CHECK(server.WaitUntilIdle());
  CHECK(server.server().uploads().in_use() == 0);
  CHECK(server.engine().stored_inputs().empty());
}

TEST_CASE("a client that stops sending is cut off", "[server][upload]") {
  StreamOptions options;
  options.stall_timeout = absl::Milliseconds(200);
  LoopbackServer server(options);
  Upload upload(server);
  upload.writer->Write(StartOf(Picture(), 100));
  const grpc::Status status = upload.writer->Finish();
  CHECK(status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  CHECK(DetailsOf(status.error_details()).info->reason() == "UPLOAD_STALLED");
  CHECK(server.WaitUntilIdle());
  CHECK(server.server().uploads().in_use() == 0);
}

}  // namespace
}  // namespace deepvision
