// Figures of the rounds of one measurement. Rounds of what is compared take
// turns, so that both see the same neighbours; medians drop what disturbed
// one of them.
//
// Threading: one caller at a time.
#ifndef DEEPVISION_BENCHMARKS_SUPPORT_SAMPLES_H_
#define DEEPVISION_BENCHMARKS_SUPPORT_SAMPLES_H_

#include <algorithm>
#include <cstddef>
#include <vector>

namespace deepvision {

class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  size_t size() const { return values_.size(); }
  double operator[](size_t round) const { return values_[round]; }

  // `share` in 0..1; 0 without samples.
  double Quantile(double share) const {
    if (values_.empty()) return 0;
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
  double Median() const { return Quantile(0.5); }
  // Half the distance between the quartiles, as a share of the median.
  double Noise() const {
    const double median = Median();
    return median == 0 ? 0 : (Quantile(0.75) - Quantile(0.25)) / 2 / median;
  }

 private:
  std::vector<double> values_;
};

// Round by round, `above` / `below`.
inline Samples Ratios(const Samples& above, const Samples& below) {
  Samples ratios;
  for (size_t i = 0; i < std::min(above.size(), below.size()); ++i) {
    ratios.Add(above[i] / below[i]);
  }
  return ratios;
}

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SUPPORT_SAMPLES_H_
