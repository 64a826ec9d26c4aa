#include "core/base/buffer_pool.h"

#include <cstring>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("a returned block is used again", "[base][buffer_pool]") {
  const auto pool = std::make_shared<BufferPool>(1 << 20);
  BufferPool::Block block = pool->Take(100000);
  const uint8_t* const address = block.get();
  block.reset();
  CHECK(pool->free_bytes() >= 100000);
  CHECK(pool->Take(99000).get() == address);
}

TEST_CASE("a pool keeps no more than its limit", "[base][buffer_pool]") {
  const auto pool = std::make_shared<BufferPool>(10000);
  std::vector<BufferPool::Block> blocks;
  for (int i = 0; i < 8; ++i) blocks.push_back(pool->Take(4000));
  CHECK(pool->live_blocks() == 8);
  blocks.clear();
  CHECK(pool->live_blocks() == 0);
  CHECK(pool->live_bytes() == 0);
  CHECK(pool->free_bytes() <= 10000);
  CHECK(pool->free_bytes() > 0);
}

TEST_CASE("every size gets room for its bytes and wastes less than a quarter",
          "[base][buffer_pool]") {
  const auto pool = std::make_shared<BufferPool>(0);
  for (size_t size = 1; size < (size_t{1} << 22); size = size * 5 / 4 + 1) {
    const BufferPool::Block block = pool->Take(size);
    std::memset(block.get(), 1, size);  // the address sanitizer would see too little
    CHECK(pool->live_bytes() >= size);
    if (size > 4096) CHECK(pool->live_bytes() <= size + size / 4 + 1);
  }
}

TEST_CASE("a block outlives its pool's owner", "[base][buffer_pool]") {
  auto pool = std::make_shared<BufferPool>(1 << 20);
  BufferPool::Block block = pool->Take(5000);
  pool.reset();
  std::memset(block.get(), 7, 5000);
  CHECK(block[4999] == 7);
}

TEST_CASE("blocks that travel between threads are counted back", "[base][buffer_pool]") {
  const auto pool = std::make_shared<BufferPool>(1 << 16);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool] {
      for (size_t i = 1; i < 500; ++i) {
        BufferPool::Block block = pool->Take(i * 37);
        block[0] = 1;
        std::thread([block = std::move(block)]() mutable { block.reset(); }).join();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(pool->live_blocks() == 0);
  CHECK(pool->live_bytes() == 0);
}

}  // namespace
}  // namespace deepvision
