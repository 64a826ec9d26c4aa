#include "core/base/byte_lru.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace deepvision {
namespace {

using Cache = ByteLru<int, std::string>;

TEST_CASE("what was used longest ago is forgotten first", "[base][byte_lru]") {
  Cache cache(100);
  cache.Put(1, "one", 40);
  cache.Put(2, "two", 40);
  CHECK(cache.Find(1) == "one");
  cache.Put(3, "three", 30);
  CHECK(cache.Find(1) == "one");
  CHECK_FALSE(cache.Find(2));
  CHECK(cache.Find(3) == "three");
}

TEST_CASE("no more bytes are held than allowed, and a value that is too large is not kept",
          "[base][byte_lru]") {
  Cache cache(100);
  for (int i = 0; i < 50; ++i) {
    CHECK(cache.Put(i, "x", static_cast<uint64_t>(i)));
    CHECK(cache.Statistics().bytes <= 100);
  }
  const uint64_t entries = cache.Statistics().entries;
  CHECK_FALSE(cache.Put(99, "x", 101));
  CHECK_FALSE(cache.Put(98, "x", UINT64_MAX));
  CHECK(cache.Statistics().entries == entries);
  CHECK(cache.Put(97, "x", 100));
  CHECK(cache.Statistics().entries == 1);
}

TEST_CASE("a value replaces the one before it, even by being too large", "[base][byte_lru]") {
  Cache cache(100);
  cache.Put(1, "old", 60);
  cache.Put(1, "new", 80);
  CHECK(cache.Find(1) == "new");
  CHECK(cache.Statistics().bytes == 80);
  CHECK_FALSE(cache.Put(1, "huge", 200));
  CHECK_FALSE(cache.Find(1));
  CHECK(cache.Statistics().bytes == 0);
}

TEST_CASE("hits and misses are counted, looking at something is not", "[base][byte_lru]") {
  Cache cache(100);
  cache.Put(1, "one", 1);
  cache.Find(1);
  cache.Find(1);
  cache.Find(2);
  CHECK(cache.Peek(1) == "one");
  CHECK_FALSE(cache.Peek(2));
  CHECK(cache.Statistics().hits == 2);
  CHECK(cache.Statistics().misses == 1);
}

TEST_CASE("room is made before it is used", "[base][byte_lru]") {
  Cache cache(100);
  cache.Put(1, "one", 50);
  cache.Put(2, "two", 50);
  cache.MakeRoom(60);
  CHECK(cache.Statistics().bytes == 0);
  cache.Put(3, "three", 50);
  cache.MakeRoom(101);
  CHECK(cache.Find(3) == "three");
}

TEST_CASE("a value in use outlives its place in the cache", "[base][byte_lru]") {
  ByteLru<int, std::shared_ptr<const int>> cache(10);
  cache.Put(1, std::make_shared<const int>(7), 10);
  const std::shared_ptr<const int> held = *cache.Find(1);
  cache.Clear();
  CHECK(*held == 7);
  CHECK(held.use_count() == 1);
  CHECK(cache.Statistics().entries == 0);
}

TEST_CASE("a cache of no bytes keeps nothing but empty values", "[base][byte_lru]") {
  Cache cache(0);
  CHECK_FALSE(cache.Put(1, "one", 1));
  CHECK(cache.Put(2, "", 0));
}

TEST_CASE("values may look into the cache while they are forgotten", "[base][byte_lru]") {
  struct Curious {
    ByteLru<int, std::shared_ptr<Curious>>* cache;
    ~Curious() { cache->Statistics(); }
  };
  ByteLru<int, std::shared_ptr<Curious>> cache(10);
  for (int i = 0; i < 3; ++i) cache.Put(i, std::make_shared<Curious>(Curious{&cache}), 6);
  CHECK(cache.Statistics().entries == 1);
  cache.Clear();
}

TEST_CASE("many threads find what was put, or nothing", "[base][byte_lru]") {
  Cache cache(64);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const int key = (i * 7 + t) % 20;
        const auto found = cache.Find(key);
        if (found.has_value() && *found != std::to_string(key)) ++wrong;
        cache.Put(key, std::to_string(key), static_cast<uint64_t>(key));
        if (i % 100 == 0) cache.EraseIf([](int k, const std::string&) { return k % 2 == 0; });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(cache.Statistics().bytes <= 64);
  CHECK(cache.Statistics().hits + cache.Statistics().misses == 8000);
}

}  // namespace
}  // namespace deepvision
