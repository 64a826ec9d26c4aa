#include "server/convert/visualization_method_query.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "server/convert/field.h"
#include "server/convert/field_reader.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

constexpr int kMaxTransforms = 32;
constexpr int kMaxChoices = 256;
constexpr uint32_t kMaxPixels = 512;
constexpr uint32_t kMaxSteps = 100000;

absl::StatusOr<std::vector<double>> ConvertChoices(
    const std::string& field, const google::protobuf::RepeatedField<double>& values, double minimum,
    double maximum) {
  DV_RETURN_IF_ERROR(CheckCount(field, values.size(), kMaxChoices));
  for (int i = 0; i < values.size(); ++i) {
    DV_RETURN_IF_ERROR(CheckNumber(ElementPath(field, i), values[i], minimum, maximum));
  }
  return std::vector<double>(values.begin(), values.end());
}

absl::StatusOr<Transform> ConvertPad(const std::string& path, const v1::PadTransform& pad) {
  PadTransform out;
  FieldReader read(path);
  read.Integer("pixels", Given(pad.has_pixels(), pad.pixels()), 0, kMaxPixels, &out.pixels);
  read.Number("value", Given(pad.has_value(), pad.value()), 0, 1, &out.value);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

absl::StatusOr<Transform> ConvertJitter(const std::string& path,
                                        const v1::JitterTransform& jitter) {
  JitterTransform out;
  FieldReader read(path);
  read.Integer("pixels", Given(jitter.has_pixels(), jitter.pixels()), 0, kMaxPixels, &out.pixels);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

absl::StatusOr<Transform> ConvertBlur(const std::string& path, const v1::BlurTransform& blur) {
  BlurTransform out;
  FieldReader read(path);
  read.Number("strength", Given(blur.has_strength(), blur.strength()), 0, 1, &out.strength);
  read.Number("chance", Given(blur.has_chance(), blur.chance()), 0, 1, &out.chance);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

absl::StatusOr<Transform> ConvertTransform(const std::string& path,
                                           const v1::Transform& transform) {
  switch (transform.kind_case()) {
    case v1::Transform::kPad:
      return ConvertPad(FieldPath(path, "pad"), transform.pad());
    case v1::Transform::kJitter:
      return ConvertJitter(FieldPath(path, "jitter"), transform.jitter());
    case v1::Transform::kScale: {
      const std::string field = FieldPath(path, "scale.factors");
      ScaleTransform out;
      DV_ASSIGN_OR_RETURN(out.factors, ConvertChoices(field, transform.scale().factors(), 0.1, 10));
      return out;
    }
    case v1::Transform::kRotate: {
      const std::string field = FieldPath(path, "rotate.degrees");
      RotateTransform out;
      DV_ASSIGN_OR_RETURN(out.degrees,
                          ConvertChoices(field, transform.rotate().degrees(), -180, 180));
      return out;
    }
    case v1::Transform::kBlur:
      return ConvertBlur(FieldPath(path, "blur"), transform.blur());
    case v1::Transform::KIND_NOT_SET:
      break;
  }
  return FieldError(path, "is not set; set pad, jitter, scale, rotate or blur");
}

absl::StatusOr<VisualizationMethod> ConvertMethod(const v1::FourierMethod& method) {
  FourierMethod out;
  FieldReader read("spec.fourier");
  read.Positive("learning_rate", Given(method.has_learning_rate(), method.learning_rate()), 100,
                &out.learning_rate);
  read.Number("decay_power", Given(method.has_decay_power(), method.decay_power()), 0, 4,
              &out.decay_power);
  read.Number("initial_deviation",
              Given(method.has_initial_deviation(), method.initial_deviation()), 0, 10,
              &out.initial_deviation);
  DV_RETURN_IF_ERROR(read.status());
  if (method.has_decorrelate()) out.decorrelate = method.decorrelate();
  if (!method.has_transforms()) return out;
  const std::string path = "spec.fourier.transforms.transforms";
  const auto& transforms = method.transforms().transforms();
  DV_RETURN_IF_ERROR(CheckCount(path, transforms.size(), kMaxTransforms));
  out.transforms.emplace();
  for (int i = 0; i < transforms.size(); ++i) {
    DV_ASSIGN_OR_RETURN(Transform transform, ConvertTransform(ElementPath(path, i), transforms[i]));
    out.transforms->push_back(std::move(transform));
  }
  return out;
}

absl::StatusOr<VisualizationMethod> ConvertMethod(const v1::RobustMethod& method) {
  RobustMethod out;
  FieldReader read("spec.robust");
  read.Positive("step_length", Given(method.has_step_length(), method.step_length()), 10000,
                &out.step_length);
  read.Number("distribution_pull",
              Given(method.has_distribution_pull(), method.distribution_pull()), 0, 1,
              &out.distribution_pull);
  read.Number("max_scale", Given(method.has_max_scale(), method.max_scale()), 0, 1, &out.max_scale);
  read.Number("max_degrees", Given(method.has_max_degrees(), method.max_degrees()), 0, 180,
              &out.max_degrees);
  read.Number("blur_sigma", Given(method.has_blur_sigma(), method.blur_sigma()), 0, 10,
              &out.blur_sigma);
  read.Integer("max_roll", Given(method.has_max_roll(), method.max_roll()), 0, kMaxPixels,
               &out.max_roll);
  read.Integer("plain_steps", Given(method.has_plain_steps(), method.plain_steps()), 0, kMaxSteps,
               &out.plain_steps);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

absl::StatusOr<VisualizationMethod> ConvertMethod(const v1::MacoMethod& method) {
  MacoMethod out;
  FieldReader read("spec.maco");
  read.Positive("learning_rate", Given(method.has_learning_rate(), method.learning_rate()), 100,
                &out.learning_rate);
  read.Integer("crops", Given(method.has_crops(), method.crops()), 1, 256, &out.crops);
  read.Number("first_crop", Given(method.has_first_crop(), method.first_crop()), 0.05, 1,
              &out.first_crop);
  read.Number("last_crop", Given(method.has_last_crop(), method.last_crop()), 0.05, 1,
              &out.last_crop);
  read.Number("noise", Given(method.has_noise(), method.noise()), 0, 1, &out.noise);
  read.Id("magnitude_dataset", method.magnitude_dataset(), &out.magnitude_dataset);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

}  // namespace

absl::StatusOr<VisualizationMethod> ConvertMethod(const v1::VisualizationSpec& spec) {
  switch (spec.method_case()) {
    case v1::VisualizationSpec::kRobust:
      return ConvertMethod(spec.robust());
    case v1::VisualizationSpec::kMaco:
      return ConvertMethod(spec.maco());
    case v1::VisualizationSpec::kFourier:
    case v1::VisualizationSpec::METHOD_NOT_SET:
      break;
  }
  return ConvertMethod(spec.fourier());
}

}  // namespace deepvision
