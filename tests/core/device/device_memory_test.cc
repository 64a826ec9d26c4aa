#include "core/device/device_memory.h"

#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "tests/support/catch.h"

#ifndef __SANITIZE_ADDRESS__  // which has a heap of its own
namespace deepvision {
namespace {

constexpr size_t kBlock = size_t{64} << 10, kBlocks = 1600;  // 100 MiB

uint64_t ResidentBytes() {
  uint64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// Blocks that malloc keeps when they are freed, because the last one stays.
std::vector<std::unique_ptr<char[]>> MakeBlocks() {
  std::vector<std::unique_ptr<char[]>> blocks;
  for (size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(std::make_unique<char[]>(kBlock));
    std::memset(blocks.back().get(), 1, kBlock);
  }
  return blocks;
}

TEST_CASE("memory in use is what is allocated, memory that is free can be given back", "[device]") {
  const uint64_t before = CpuMemoryInUse();
  auto blocks = MakeBlocks();
  CHECK(CpuMemoryInUse() >= before + kBlocks * kBlock);
  const uint64_t resident = ResidentBytes();
  blocks.erase(blocks.begin(), blocks.end() - 1);
  CHECK(CpuMemoryInUse() < before + 2 * kBlock);
  CHECK(ResidentBytes() > resident - kBlocks * kBlock / 4);
  ReturnFreeCpuMemory();
  CHECK(ResidentBytes() < resident - kBlocks * kBlock / 2);
}

}  // namespace
}  // namespace deepvision
#endif
