// Included first by whatever sees Protocol Buffers, under the thread sanitizer:
// its map fields are larger there, but those of the distribution's library are not.
#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")
