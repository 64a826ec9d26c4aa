// What no client of ours sends.
#include <arpa/inet.h>
#include <grpcpp/create_channel.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "tests/integration/methods.h"
#include "tests/integration/real_server.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

// A connection without gRPC.
class RawSocket {
 public:
  explicit RawSocket(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~RawSocket() { close(socket_); }

  void Send(const std::string& bytes) {
    // The server may have hung up; that is its right.
    static_cast<void>(!send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  // Closing sends a reset.
  void ResetAtClose() {
    const linger hard = {1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  }

 private:
  const int socket_;
};

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string frame;
  for (const uint32_t byte : {size >> 16, size >> 8, size}) frame += static_cast<char>(byte);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(stream >> shift);
  return frame + payload;
}

std::string RandomBytes(std::mt19937* random, size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((*random)());
  return bytes;
}

// A client of its own asks: the connection that did the harm may be closing still.
std::shared_ptr<grpc::Channel> NewConnection(const RealServer& server) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(server.address(), grpc::InsecureChannelCredentials(), arguments);
}

void CheckHealthy(const RealServer& server) {
  const bool rests = server.ComesToRest();
  INFO(server.Counters());
  CHECK(rests);
  CHECK(CallMethod(Method::kClassify, NewConnection(server), MakeContext().get()).ok());
}

TEST_CASE("bytes that are no HTTP/2 do not disturb the server", "[integration][hostile]") {
  RealServer server;
  std::mt19937 random(3);
  for (int i = 0; i < 100; ++i) {
    RawSocket socket(server.server().port());
    if (i % 4 == 1) socket.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    if (i % 4 >= 2) socket.Send(kPreface);
    if (i % 4 == 3) {
      socket.Send(Frame(4, 0, 0, ""));
      const std::string payload = RandomBytes(&random, random() % 2000);
      socket.Send(Frame(static_cast<uint8_t>(random() % 12), static_cast<uint8_t>(random()),
                        random() % 8, payload));
    }
    socket.Send(RandomBytes(&random, random() % 5000));
  }
  CheckHealthy(server);
}

TEST_CASE("a storm of connections that are reset does not disturb the server",
          "[integration][hostile]") {
  RealServer server;
  for (int i = 0; i < 500; ++i) {
    RawSocket socket(server.server().port());
    if (i % 2 == 0) socket.Send(kPreface);
    socket.ResetAtClose();
  }
  CheckHealthy(server);
}

TEST_CASE("streams that are opened and reset at once leave nothing behind",
          "[integration][hostile]") {
  RealServer server;
  const auto stub = server.Stub<v1::ActivationService>();
  v1::StreamActivationsRequest request;
  request.set_network("net");
  for (int i = 0; i < 300; ++i) {
    request.mutable_input()->mutable_noise()->set_seed(static_cast<uint64_t>(i));
    const auto context = MakeContext();
    const auto reader = stub->StreamActivations(context.get(), request);
    context->TryCancel();
    reader->Finish();
  }
  CheckHealthy(server);
}

grpc::Status ClassifyWithHeader(RealServer& server, size_t bytes) {
  const auto context = MakeContext();
  context->AddMetadata("x-large", std::string(bytes, 'a'));
  return CallMethod(Method::kClassify, server.channel(), context.get());
}

TEST_CASE("headers that are too large are refused", "[integration][hostile]") {
  RealServer server;
  const grpc::Status status = ClassifyWithHeader(server, size_t{20} << 10);
  CHECK(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CheckHealthy(server);
}

TEST_CASE("headers of a mebibyte end their call or their connection, not the server",
          "[integration][hostile]") {
  RealServer server;
  // gRPC answers the call while most of the header is still on its way, and
  // closes the connection on the rest: the client sees whichever comes first.
  const grpc::Status status = ClassifyWithHeader(server, size_t{1} << 20);
  CAPTURE(status.error_message());
  CHECK((status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED ||
         status.error_code() == grpc::StatusCode::UNAVAILABLE));
  CheckHealthy(server);
}

TEST_CASE("a request above the limit is refused before it is read", "[integration][hostile]") {
  RealServer server;
  v1::ClassifyRequest request;
  request.set_network("net");
  request.mutable_input()->set_encoded_image(std::string(size_t{20} << 20, 'x'));
  v1::ClassifyResponse response;
  const auto stub = server.Stub<v1::ActivationService>();
  const grpc::Status status = stub->Classify(MakeContext().get(), request, &response);
  CHECK(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CheckHealthy(server);
}

TEST_CASE("two hundred calls cancelled at random moments give everything back",
          "[integration][hostile]") {
  RealServer server;
  std::vector<std::thread> clients;
  for (unsigned seed = 0; seed < 4; ++seed) {
    clients.emplace_back([&server, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 50; ++i) {
        const Method method = kMethods[random() % std::size(kMethods)];
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
        std::thread cancel([&context, wait = random() % 30] {
          absl::SleepFor(absl::Milliseconds(wait));
          context.TryCancel();
        });
        CallMethod(method, server.channel(), &context);
        cancel.join();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CheckHealthy(server);
}

}  // namespace
}  // namespace deepvision
