#include "benchmarks/stream/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"

namespace deepvision {
namespace {

absl::Status SystemError() { return absl::UnavailableError(std::strerror(errno)); }

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

TcpConnection::~TcpConnection() { close(socket_); }

absl::StatusOr<std::unique_ptr<TcpConnection>> TcpConnection::Connect(int port) {
  const sockaddr_in address = Loopback(port);
  auto connection = std::make_unique<TcpConnection>(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (connect(connection->socket_, generic, sizeof(address)) != 0) return SystemError();
  const int on = 1;
  setsockopt(connection->socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return connection;
}

bool TcpConnection::SendAll(const void* data, size_t size) {
  const char* next = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = send(socket_, next, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    next += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

bool TcpConnection::ReceiveAll(size_t size) {
  while (size > 0) {
    const ssize_t received = recv(socket_, buffer_.data(), std::min(size, buffer_.size()), 0);
    if (received <= 0) return false;
    size -= static_cast<size_t>(received);
  }
  return true;
}

absl::StatusOr<std::unique_ptr<TcpListener>> TcpListener::Listen() {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listening, generic, size) != 0 || listen(listening, 1) != 0 ||
      getsockname(listening, generic, &size) != 0) {
    return SystemError();
  }
  return absl::WrapUnique(new TcpListener(listening, ntohs(address.sin_port)));
}

TcpListener::~TcpListener() { close(socket_); }

TcpConnection* TcpListener::Accept() {
  open_socket_ = -1;
  const int accepted = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) return nullptr;
  connection_ = std::make_unique<TcpConnection>(accepted);
  open_socket_ = accepted;
  return connection_.get();
}

void TcpListener::Stop() {
  shutdown(socket_, SHUT_RDWR);
  if (const int open = open_socket_; open >= 0) shutdown(open, SHUT_RDWR);
}

}  // namespace deepvision
