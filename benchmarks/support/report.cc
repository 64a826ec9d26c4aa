#include "benchmarks/support/report.h"

#include <cstdio>
#include <utility>

namespace deepvision {

void Print(const Row& row) {
  std::printf("%s\t%.6g\t%s\t", row.name.c_str(), row.figure, row.unit.c_str());
  if (row.ratio) std::printf("%.6g", *row.ratio);
  std::printf("\t%s\t%.6g\n", row.target.c_str(), row.noise);
  std::fflush(stdout);
}

Row Compared(std::string name, const Samples& figure, std::string unit, const Samples& base,
             std::string target) {
  const Samples ratios = Ratios(figure, base);
  return {std::move(name), figure.Median(),   std::move(unit),
          ratios.Median(), std::move(target), ratios.Noise()};
}

void Say(const std::string& text) { std::fprintf(stderr, "[bench] %s\n", text.c_str()); }

}  // namespace deepvision
