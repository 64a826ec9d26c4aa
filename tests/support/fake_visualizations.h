// Visualizations on paper: jobs, tickets and watchers as the real engine has them,
// images drawn by a formula.
//
//   engine.fake_visualizations().Hold();       // jobs wait
//   …                                          // start, watch
//   engine.fake_visualizations().Advance(4);   // four steps of every job
//
// Not held, a job runs to its end when it is first watched. Four units run at a
// time; images are 32 x 32, 16 steps are the default. Unit 13 is DEAD, unit 14
// FAILS at step 3. View.max_fps and replay_fps make no difference.
//
// Threading: thread-safe.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_VISUALIZATIONS_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_VISUALIZATIONS_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/api/visualization_engine.h"
#include "tests/support/fake_job.h"

namespace deepvision {

class FakeVisualizations final : public VisualizationEngine {
 public:
  // Number of units of the spec's layer, or what is wrong with the spec's names.
  using FindUnits = std::function<absl::StatusOr<int>(const VisualizationSpec&)>;

  explicit FakeVisualizations(FindUnits find_units);
  ~FakeVisualizations() override;

  void Hold();
  void Advance(int steps);
  // Starts do not answer until ReleaseStarts.
  void HoldStarts();
  void ReleaseStarts();
  // Watches that have not left.
  int watchers() const;
  // Tickets that nobody has given back.
  int tickets() const;
  std::vector<StartVisualizationQuery> queries() const;

  void Start(StartVisualizationQuery query, CancellationToken cancelled,
             Callback<StartedVisualization> done) override;
  std::shared_ptr<VisualizationWatch> Watch(WatchVisualizationQuery query,
                                            std::shared_ptr<VisualizationSink> sink) override;
  absl::StatusOr<VisualizationJob> Get(absl::string_view id) const override;
  std::vector<VisualizationJob> List(const VisualizationFilter& filter) const override;
  absl::StatusOr<VisualizationJob> Cancel(const CancelVisualizationQuery& query) override;
  absl::StatusOr<VisualizationJob> SetPriority(absl::string_view id, int priority) override;
  void Delete(VisualizationFilter filter, CancellationToken cancelled,
              Callback<DeletedVisualizations> done) override;
  void Stop() override {}

 private:
  class Handle;
  using Watchers = std::vector<std::shared_ptr<FakeWatcher>>;

  absl::StatusOr<StartedVisualization> StartNow(StartVisualizationQuery query);
  absl::StatusOr<std::shared_ptr<FakeJob>> MakeJob(const StartVisualizationQuery& query)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<FakeJob> Find(absl::string_view id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Greet(FakeJob& job, const std::shared_ptr<FakeWatcher>& watcher)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Watchers AllWatchers() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const FindUnits find_units_;
  mutable absl::Mutex mutex_;
  bool hold_ ABSL_GUARDED_BY(mutex_) = false;
  bool hold_starts_ ABSL_GUARDED_BY(mutex_) = false;
  int next_ticket_ ABSL_GUARDED_BY(mutex_) = 1;
  std::vector<std::function<void()>> held_starts_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<FakeJob>> jobs_ ABSL_GUARDED_BY(mutex_);  // the oldest first
  std::set<std::string> stored_ ABSL_GUARDED_BY(mutex_);                // keys of units
  std::vector<StartVisualizationQuery> queries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_VISUALIZATIONS_H_
