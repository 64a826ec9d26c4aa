#include "core/store/visualization_record.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/store/byte_reader.h"
#include "core/store/byte_writer.h"

namespace deepvision {
namespace {

constexpr char kFormat[] = "deepvision record 1";
// More than any record has; keeps damaged counts from taking memory.
constexpr uint64_t kMaxCount = 1 << 16;
constexpr uint64_t kMaxSide = 1 << 16;

void WriteOptional(ByteWriter& to, const std::optional<float>& value) {
  to.Flag(value.has_value());
  to.Real(value.value_or(0));
}

std::optional<float> ReadOptional(ByteReader& from) {
  const bool there = from.Flag();
  const double value = from.Real();
  return there ? std::optional<float>(static_cast<float>(value)) : std::nullopt;
}

void Write(ByteWriter& to, const VisualizationQuality& quality) {
  to.Real(quality.objective);
  WriteOptional(to, quality.dataset_maximum);
  WriteOptional(to, quality.dataset_mean);
  to.Real(quality.spectral_distance);
}

VisualizationQuality ReadQuality(ByteReader& from) {
  VisualizationQuality quality;
  quality.objective = static_cast<float>(from.Real());
  quality.dataset_maximum = ReadOptional(from);
  quality.dataset_mean = ReadOptional(from);
  quality.spectral_distance = static_cast<float>(from.Real());
  return quality;
}

void Write(ByteWriter& to, const ProducedBy& produced_by) {
  to.Text(produced_by.device);
  to.Text(produced_by.build);
  to.Integer(produced_by.threads);
  to.Integer(static_cast<int>(produced_by.numerics));
}

ProducedBy ReadProducedBy(ByteReader& from) {
  ProducedBy produced_by;
  produced_by.device = from.Text();
  produced_by.build = from.Text();
  produced_by.threads = static_cast<int>(from.Integer());
  produced_by.numerics = static_cast<Numerics>(from.Integer());
  return produced_by;
}

void Write(ByteWriter& to, const RecordedSnapshot& snapshot) {
  to.Integer(snapshot.step);
  to.Real(snapshot.objective);
  to.Integer(snapshot.channels);
  to.Integer(snapshot.height);
  to.Integer(snapshot.width);
  to.Block(snapshot.pixels);
}

RecordedSnapshot ReadSnapshot(ByteReader& from) {
  RecordedSnapshot snapshot;
  snapshot.step = static_cast<int>(from.Integer());
  snapshot.objective = static_cast<float>(from.Real());
  snapshot.channels = static_cast<int>(from.Integer());
  snapshot.height = static_cast<int>(from.Integer());
  snapshot.width = static_cast<int>(from.Integer());
  snapshot.pixels = from.Block();
  return snapshot;
}

void Write(ByteWriter& to, const RecordedImage& image) {
  to.Block(image.values);
  to.Block(image.display);
  to.Block(image.transparency);
  Write(to, image.quality);
  to.Unsigned(image.snapshots.size());
  for (const RecordedSnapshot& snapshot : image.snapshots) Write(to, snapshot);
}

RecordedImage ReadImage(ByteReader& from) {
  RecordedImage image;
  image.values = from.Block();
  image.display = from.Block();
  image.transparency = from.Block();
  image.quality = ReadQuality(from);
  const uint64_t snapshots = from.Unsigned();
  for (uint64_t i = 0; i < snapshots && i < kMaxCount && from.ok(); ++i) {
    image.snapshots.push_back(ReadSnapshot(from));
  }
  return image;
}

// The number of elements; nothing for sizes that cannot be.
std::optional<uint64_t> Volume(int channels, int height, int width) {
  for (const int64_t size : {channels, height, width}) {
    if (size <= 0 || static_cast<uint64_t>(size) > kMaxSide) return std::nullopt;
  }
  return static_cast<uint64_t>(channels) * static_cast<uint64_t>(height) *
         static_cast<uint64_t>(width);
}

bool HasSize(const RecordedSnapshot& snapshot) {
  return Volume(snapshot.channels, snapshot.height, snapshot.width) == snapshot.pixels.size();
}

bool HasSize(const RecordedImage& image, const VisualizationRecord& record) {
  const auto values = Volume(record.channels, record.height, record.width);
  const auto display = Volume(record.display_channels, record.height, record.width);
  const auto positions = Volume(1, record.height, record.width);
  if (!values || !display || !positions) return false;
  return image.values.size() == 4 * *values && image.display.size() == 4 * *display &&
         (image.transparency.empty() || image.transparency.size() == 4 * *positions) &&
         std::all_of(image.snapshots.begin(), image.snapshots.end(),
                     [](const RecordedSnapshot& snapshot) { return HasSize(snapshot); });
}

bool HasSizes(const VisualizationRecord& record) {
  return !record.images.empty() &&
         std::all_of(record.images.begin(), record.images.end(),
                     [&](const RecordedImage& image) { return HasSize(image, record); });
}

void WriteFields(ByteWriter& to, const VisualizationRecord& record) {
  to.Text(record.network);
  to.Text(record.model_digest);
  to.Text(record.layer);
  to.Integer(record.unit);
  to.Text(record.job);
  to.Integer(record.channels);
  to.Integer(record.display_channels);
  to.Integer(record.height);
  to.Integer(record.width);
  to.Integer(record.steps);
  to.Integer(record.restarts);
  Write(to, record.produced_by);
  to.Integer(record.batch_width);
  to.Integer(absl::ToInt64Microseconds(record.compute_time));
  to.Integer(absl::ToUnixMicros(record.finished));
}

VisualizationRecord ReadFields(ByteReader& from) {
  VisualizationRecord record;
  record.network = from.Text();
  record.model_digest = from.Text();
  record.layer = from.Text();
  record.unit = static_cast<int>(from.Integer());
  record.job = from.Text();
  record.channels = static_cast<int>(from.Integer());
  record.display_channels = static_cast<int>(from.Integer());
  record.height = static_cast<int>(from.Integer());
  record.width = static_cast<int>(from.Integer());
  record.steps = static_cast<int>(from.Integer());
  record.restarts = static_cast<int>(from.Integer());
  record.produced_by = ReadProducedBy(from);
  record.batch_width = static_cast<int>(from.Integer());
  record.compute_time = absl::Microseconds(from.Integer());
  record.finished = absl::FromUnixMicros(from.Integer());
  return record;
}

}  // namespace

std::string EncodeRecord(const std::string& key, const VisualizationRecord& record) {
  ByteWriter to;
  to.Text(kFormat);
  to.Text(key);
  WriteFields(to, record);
  to.Unsigned(record.images.size());
  for (const RecordedImage& image : record.images) Write(to, image);
  return to.Take();
}

absl::StatusOr<std::string> KeyOfRecord(HostBuffer bytes) {
  ByteReader from(std::move(bytes));
  if (from.Text() != kFormat) return absl::DataLossError("not a record of this version");
  std::string key = from.Text();
  if (!from.ok()) return absl::DataLossError("the record is damaged");
  return key;
}

absl::StatusOr<VisualizationRecord> DecodeRecord(const std::string& key, HostBuffer bytes) {
  ByteReader from(std::move(bytes));
  if (from.Text() != kFormat) return absl::DataLossError("not a record of this version");
  if (from.Text() != key) return absl::DataLossError("the record of another key");
  VisualizationRecord record = ReadFields(from);
  const uint64_t images = from.Unsigned();
  for (uint64_t i = 0; i < images && i < kMaxCount && from.ok(); ++i) {
    record.images.push_back(ReadImage(from));
  }
  if (!from.ok() || !from.AtEnd()) return absl::DataLossError("the record is damaged");
  if (!HasSizes(record)) return absl::DataLossError("the record's images have other sizes");
  return record;
}

}  // namespace deepvision
