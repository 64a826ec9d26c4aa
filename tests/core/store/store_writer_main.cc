// Puts, reads and deletes in a store until it is killed.
//
//   store_writer FOLDER SEED
//
// Says "put UNIT NUMBER" once a record has been put, and "delete UNIT" before it
// deletes those of a unit.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "core/store/visualization_store.h"
#include "tests/core/store/records.h"
#include "tests/core/store/writer.h"

namespace deepvision {
namespace {

// One write, so that a killed process has said a line or has not.
void Say(const std::string& line) {
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::exit(2);
}

bool Work(VisualizationStore& store, int unit, int choice, int number) {
  if (choice == 0) {
    Say("delete " + std::to_string(unit) + "\n");
    return store.Delete({.unit = unit}).ok();
  }
  if (choice < 4) return store.Get(WriterKey(unit)).ok();
  if (!store.Put(WriterKey(unit), WriterRecord(unit, number)).ok()) return false;
  Say("put " + std::to_string(unit) + " " + std::to_string(number) + "\n");
  return true;
}

int Run(const std::string& folder, int seed) {
  auto store = VisualizationStore::Open({folder, WriterBytes()});
  if (!store.ok()) {
    std::cerr << store.status() << "\n";
    return 1;
  }
  std::mt19937 random(static_cast<uint32_t>(seed));
  for (int number = seed * 100000;; ++number) {
    const int unit = static_cast<int>(random() % kWriterUnits);
    if (!Work(**store, unit, static_cast<int>(random() % 16), number)) return 1;
  }
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  return argc == 3 ? deepvision::Run(argv[1], std::atoi(argv[2])) : 2;
}
