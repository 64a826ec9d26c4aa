#include "core/base/digest.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cstdio>
#include <vector>

#include "absl/strings/escaping.h"

namespace deepvision {

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
}

Sha256::~Sha256() = default;

void Sha256::Update(const void* data, size_t size) {
  EVP_DigestUpdate(state_->context.get(), data, size);
}

std::string Sha256::Finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

absl::StatusOr<std::string> Sha256OfFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) return absl::NotFoundError("file cannot be opened");
  Sha256 hash;
  std::vector<char> block(1 << 20);
  while (const size_t size = std::fread(block.data(), 1, block.size(), file.get())) {
    hash.Update(block.data(), size);
  }
  if (std::ferror(file.get()) != 0) return absl::DataLossError("file cannot be read");
  return hash.Finish();
}

uint32_t Crc32(const void* data, size_t size, uint32_t crc) {
  return crc32_gzip_refl(crc, static_cast<const unsigned char*>(data), size);
}

uint32_t CombineCrc32(uint32_t first, uint32_t second, size_t second_size) {
  return static_cast<uint32_t>(crc32_combine(first, second, static_cast<z_off_t>(second_size)));
}

}  // namespace deepvision
