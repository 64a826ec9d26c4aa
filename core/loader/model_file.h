// A TorchScript file on disk -> graphs.
//
//   DV_ASSIGN_OR_RETURN(auto file, ModelFile::Open(path, sha256));
//   DV_ASSIGN_OR_RETURN(auto graph, file->Specialise(sample));
//
// The file is used as it is: scripted, traced or frozen, in whatever mode it was
// saved. Evaluation mode is meant always.
//
// Threading: Specialise may be called from one thread at a time. Both block: Open
// for reading the file (twice, and for ever when LibTorch does: call it where that
// can be given up), Specialise for about one forward pass.
// Ownership: graphs share the weights and stay valid without the ModelFile.
#ifndef DEEPVISION_CORE_LOADER_MODEL_FILE_H_
#define DEEPVISION_CORE_LOADER_MODEL_FILE_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/graph/graph.h"

namespace deepvision {

class ModelFile {
 public:
  // `expected_sha256` may be empty. Errors hold no path and say what to do:
  //   kNotFound         the file cannot be opened
  //   kDataLoss         the digest differs, or the file is damaged
  //   kInvalidArgument  no TorchScript file, or one for something that is not
  //                     here; the text names the operator
  static absl::StatusOr<std::unique_ptr<ModelFile>> Open(const std::string& path,
                                                         const std::string& expected_sha256);
  ~ModelFile();

  // Of the file, 64 hexadecimal digits.
  const std::string& digest() const { return digest_; }

  // Elements of all parameters.
  int64_t parameter_count() const { return parameter_count_; }

  // What the network reads: the type of its first floating-point parameter.
  c10::ScalarType input_dtype() const { return input_dtype_; }

  // Channels that the first convolution takes, or 3.
  int guessed_channels() const { return guessed_channels_; }

  // The graph for inputs of the shape [1, channels, height, width] and for the
  // way that `sample` takes through the control flow. `sample` is converted to
  // input_dtype().
  //   kInvalidArgument   names the module and the operator that could not be run
  //   kDeadlineExceeded  not done by `latest_end`
  absl::StatusOr<std::shared_ptr<const Graph>> Specialise(
      const at::Tensor& sample, absl::Time latest_end = absl::InfiniteFuture()) const;

 private:
  struct Module;  // hides torch::jit
  explicit ModelFile(std::unique_ptr<Module> module);
  absl::StatusOr<Graph> Record(const at::Tensor& sample, absl::Time latest_end) const;

  std::unique_ptr<Module> module_;
  std::string digest_;
  int64_t parameter_count_ = 0;
  c10::ScalarType input_dtype_ = c10::ScalarType::Float;
  int guessed_channels_ = 3;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_MODEL_FILE_H_
