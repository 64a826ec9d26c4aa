// A visualization job on paper and those who watch it; see fake_visualizations.h.
//
// Threading: a job under the lock of its owner; a watcher is thread-safe.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_JOB_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_JOB_H_

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/api/visualization_sink.h"

namespace deepvision {

inline constexpr int kFakeBatch = 4;

bool HasEnded(UnitState state);
bool HasEnded(JobState state);

// Equal for units that have equal images.
std::string FakeUnitKey(const VisualizationSpec& spec, int unit);
std::string FakeJobId(const VisualizationSpec& spec);

// One sink and what it has not heard yet: calls come one at a time, and those that
// nobody may miss wait for the reader. Push… only notes; Pump calls.
class FakeWatcher : public std::enable_shared_from_this<FakeWatcher> {
 public:
  using Call = std::function<void(VisualizationSink&)>;

  FakeWatcher(WatchVisualizationQuery query, std::shared_ptr<VisualizationSink> sink);

  const WatchVisualizationQuery query;
  std::vector<int> shown;  // set before the first call
  bool Shows(int unit) const;
  bool left() const;

  void Push(Call call, bool waits_for_reader = false);
  void PushDone(const absl::Status& status);
  void Pump();
  void Leave(const absl::Status& status);

 private:
  struct Waiting {
    Call call;
    bool waits_for_reader = false;
  };

  bool CallNext();

  mutable absl::Mutex mutex_;
  std::shared_ptr<VisualizationSink> sink_ ABSL_GUARDED_BY(mutex_);  // until OnDone
  std::deque<Waiting> calls_ ABSL_GUARDED_BY(mutex_);
  bool pumping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool left_ ABSL_GUARDED_BY(mutex_) = false;
};

struct FakeJob {
  VisualizationJob info;
  std::set<std::string> tickets;
  std::vector<std::shared_ptr<FakeWatcher>> watchers;

  int images() const { return info.spec.objective.group.images; }
  void Count();
  // The next steps; keys of units that are done go into `stored`.
  void Advance(int steps, std::set<std::string>& stored);
  void End(JobState state);

  // To all watchers, or to one.
  void TellState(const std::vector<UnitStatus>& units);
  void TellState(const std::vector<UnitStatus>& units, FakeWatcher& watcher);
  void TellProgress() const;
  void TellResult(const UnitStatus& unit, FakeWatcher& watcher) const;
  void TellSnapshots(const UnitStatus& unit, FakeWatcher& watcher) const;
  void TellSheet(FakeWatcher& watcher) const;

 private:
  void EndUnit(UnitStatus& unit, UnitState state, std::set<std::string>& stored);
  void TellPictures(FakeWatcher& watcher) const;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_JOB_H_
