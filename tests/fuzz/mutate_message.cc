#include "tests/fuzz/mutate_message.h"

#include <cstdint>
#include <limits>
#include <string>

namespace deepvision {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Numbers at which sizes and indices go wrong.
uint64_t Number(std::mt19937* random) {
  static constexpr uint64_t kNumbers[] = {0,           1,
                                          2,           3,
                                          7,           8,
                                          16,          127,
                                          128,         255,
                                          256,         1024,
                                          16383,       16384,
                                          65535,       65536,
                                          1u << 20,    1u << 30,
                                          0x7fffffff,  0x80000000,
                                          0xffffffff,  uint64_t{1} << 32,
                                          ~uint64_t{0}};
  std::mt19937& r = *random;
  if (r() % 4 == 0) return r() % 300;
  return kNumbers[r() % std::size(kNumbers)] + (r() % 8 == 0 ? r() % 3 : 0);
}

float Real(std::mt19937* random) {
  using Limits = std::numeric_limits<float>;
  static constexpr float kNumbers[] = {0.0F,
                                       -0.0F,
                                       1.0F,
                                       -1.0F,
                                       Limits::max(),
                                       Limits::min(),
                                       -Limits::max(),
                                       1e-45F,
                                       Limits::infinity(),
                                       -Limits::infinity(),
                                       Limits::quiet_NaN()};
  return kNumbers[(*random)() % std::size(kNumbers)];
}

std::string Text(std::mt19937* random, const std::string& old) {
  static const char* const kTexts[] = {"",   "*", "a", "layer1/**", "x:0",  "{a,b}",   "[",
                                       "\\", "?", "ü", "../..",     "demo", "uniform", "\x01"};
  std::mt19937& r = *random;
  if (r() % 4 == 0) return std::string(Number(random) % 5000, 'a');
  if (r() % 4 == 0) return old + old;
  if (r() % 4 == 0) return old + kTexts[r() % std::size(kTexts)];
  return kTexts[r() % std::size(kTexts)];
}

std::string Bytes(std::mt19937* random, const std::string& old) {
  std::mt19937& r = *random;
  if (r() % 3 == 0 && !old.empty()) return old.substr(0, r() % old.size());
  if (r() % 3 == 0) return old + std::string(1 + r() % 4, static_cast<char>(r()));
  return std::string(Number(random) % 20000, static_cast<char>(r()));
}

void SetOne(Message* message, const FieldDescriptor* field, std::mt19937* random) {
  const Reflection& fields = *message->GetReflection();
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return fields.SetUInt32(message, field, static_cast<uint32_t>(Number(random)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return fields.SetUInt64(message, field, Number(random));
    case FieldDescriptor::CPPTYPE_INT32:
      return fields.SetInt32(message, field, static_cast<int32_t>(Number(random)));
    case FieldDescriptor::CPPTYPE_INT64:
      return fields.SetInt64(message, field, static_cast<int64_t>(Number(random)));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fields.SetFloat(message, field, Real(random));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return fields.SetDouble(message, field, Real(random));
    case FieldDescriptor::CPPTYPE_BOOL:
      return fields.SetBool(message, field, (*random)() % 2 != 0);
    case FieldDescriptor::CPPTYPE_ENUM:
      return fields.SetEnumValue(message, field, static_cast<int>((*random)() % 8) - 1);
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string old = fields.GetStringReference(*message, field, &scratch);
      const bool text = field->type() == FieldDescriptor::TYPE_STRING;
      return fields.SetString(message, field, text ? Text(random, old) : Bytes(random, old));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MutateMessage(fields.MutableMessage(message, field), random);
  }
}

void AddOne(Message* message, const FieldDescriptor* field, std::mt19937* random) {
  const Reflection& fields = *message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return fields.AddUInt32(message, field, static_cast<uint32_t>(Number(random)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return fields.AddUInt64(message, field, Number(random));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fields.AddFloat(message, field, Real(random));
    case FieldDescriptor::CPPTYPE_STRING:
      return fields.AddString(message, field, Text(random, ""));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MutateMessage(fields.AddMessage(message, field), random);
    default:  // our requests repeat nothing else
      return;
  }
}

void MutateRepeated(Message* message, const FieldDescriptor* field, std::mt19937* random) {
  const Reflection& fields = *message->GetReflection();
  std::mt19937& r = *random;
  const int size = fields.FieldSize(*message, field);
  if (size > 0 && r() % 3 == 0) return fields.RemoveLast(message, field);
  if (size > 1 && r() % 4 == 0) {
    return fields.SwapElements(message, field, 0, static_cast<int>(r() % size));
  }
  if (size > 0 && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && r() % 2 == 0) {
    return MutateMessage(
        fields.MutableRepeatedMessage(message, field, static_cast<int>(r() % size)), random);
  }
  const uint64_t count = r() % 16 == 0 ? Number(random) % 3000 : 1;
  for (uint64_t i = 0; i < count; ++i) AddOne(message, field, random);
}

}  // namespace

void MutateMessage(Message* message, std::mt19937* random) {
  const google::protobuf::Descriptor& type = *message->GetDescriptor();
  if (type.field_count() == 0) return;
  const FieldDescriptor* field =
      type.field(static_cast<int>((*random)() % static_cast<unsigned>(type.field_count())));
  if (field->is_repeated()) return MutateRepeated(message, field, random);
  if ((*random)() % 8 == 0) return message->GetReflection()->ClearField(message, field);
  SetOne(message, field, random);
}

}  // namespace deepvision
