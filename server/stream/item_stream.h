// A stream of items (layers, pictures, tensors) over a StreamWriter: cuts items
// into messages, counts them, and ends a good stream with its trailer.
//
// `Response` is a message with `bytes data`, `ItemEnd end` and, for Finish,
// `StreamTrailer trailer`, whose meta data fields have numbers below that of
// `data` and whose other fields lie above.
//
// Threading: one caller at a time.
// Ownership: shares the writer. A stream that dies unfinished, because its
// producer was dropped, ends its call as StoppingError.
#ifndef DEEPVISION_SERVER_STREAM_ITEM_STREAM_H_
#define DEEPVISION_SERVER_STREAM_ITEM_STREAM_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/host_buffer.h"
#include "server/call/call_tracker.h"
#include "server/stream/stream_writer.h"

namespace deepvision {

template <typename Response>
class ItemStream {
 public:
  ItemStream(std::shared_ptr<StreamWriter> writer, size_t max_message_bytes)
      : writer_(std::move(writer)), max_message_bytes_(max_message_bytes) {}
  ~ItemStream() { writer_->Finish(StoppingError()); }
  ItemStream(const ItemStream&) = delete;
  ItemStream& operator=(const ItemStream&) = delete;

  // Of the items from now on. Thread-safe.
  void SetMaxMessageBytes(size_t bytes) { max_message_bytes_ = bytes; }
  // Payload bytes of all items so far.
  uint64_t byte_count() const { return byte_count_; }

  // A message that is no item: a header, a prediction.
  void Send(const Response& message) { writer_->Write(WholeMessage(message)); }

  // An item; `begin` holds its meta data only. `on_written` follows its last
  // message. An item whose meta data does not fit ends the stream with an error.
  void SendItem(const Response& begin, HostBuffer payload, size_t element_bytes, uint32_t crc32,
                std::function<void()> on_written = nullptr) {
    const uint64_t bytes = payload.size();
    auto messages = CutIntoMessages(MakeItem(begin, std::move(payload), element_bytes, crc32),
                                    max_message_bytes_);
    if (!messages.ok()) return writer_->Finish(messages.status());
    ++item_count_;
    byte_count_ += bytes;
    for (size_t i = 0; i < messages->size(); ++i) {
      const bool last = i + 1 == messages->size();
      writer_->Write(std::move((*messages)[i]), last ? std::move(on_written) : nullptr);
    }
  }

  // OK sends the trailer; an error ends the stream without one.
  void Finish(absl::Status status) {
    if (status.ok()) {
      Response message;
      message.mutable_trailer()->set_item_count(item_count_);
      message.mutable_trailer()->set_byte_count(byte_count_);
      Send(message);
    }
    writer_->Finish(std::move(status));
  }

 private:
  static OutgoingItem MakeItem(const Response& begin, HostBuffer payload, size_t element_bytes,
                               uint32_t crc32) {
    Response end;
    end.mutable_end()->set_byte_count(payload.size());
    end.mutable_end()->set_crc32(crc32);
    return {begin.SerializeAsString(), Response::kDataFieldNumber, std::move(payload),
            element_bytes, end.SerializeAsString()};
  }

  const std::shared_ptr<StreamWriter> writer_;
  std::atomic<size_t> max_message_bytes_;
  uint64_t item_count_ = 0;
  uint64_t byte_count_ = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_STREAM_ITEM_STREAM_H_
