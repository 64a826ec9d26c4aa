#include "server/convert/admin_convert.h"

#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

v1::NetworkChangeKind ToProto(NetworkChangeKind kind) {
  switch (kind) {
    case NetworkChangeKind::kUnchanged:
      return v1::NETWORK_CHANGE_KIND_UNCHANGED;
    case NetworkChangeKind::kAdded:
      return v1::NETWORK_CHANGE_KIND_ADDED;
    case NetworkChangeKind::kReplaced:
      return v1::NETWORK_CHANGE_KIND_REPLACED;
    case NetworkChangeKind::kRemoved:
      return v1::NETWORK_CHANGE_KIND_REMOVED;
  }
  return v1::NETWORK_CHANGE_KIND_UNSPECIFIED;
}

v1::CacheStatus ToProto(v1::CacheScope scope, const CacheStatistics& cache) {
  v1::CacheStatus out;
  out.set_scope(scope);
  out.set_hits(cache.hits);
  out.set_misses(cache.misses);
  out.set_entries(cache.entries);
  out.set_bytes(cache.bytes);
  out.set_capacity_bytes(cache.capacity_bytes);
  return out;
}

}  // namespace

absl::StatusOr<CacheScope> FromProto(v1::CacheScope scope) {
  switch (scope) {
    case v1::CACHE_SCOPE_UNSPECIFIED:
      return CacheScope::kAll;
    case v1::CACHE_SCOPE_ACTIVATIONS:
      return CacheScope::kActivations;
    case v1::CACHE_SCOPE_INPUTS:
      return CacheScope::kInputs;
    default:
      return FieldError("scope", "is no CacheScope of this server; leave it empty for all caches");
  }
}

v1::NetworkChange ToProto(const NetworkChange& change) {
  v1::NetworkChange out;
  out.set_network(change.network);
  out.set_kind(ToProto(change.kind));
  return out;
}

std::vector<v1::CacheStatus> CachesOf(const EngineStatistics& statistics, CacheScope scope) {
  std::vector<v1::CacheStatus> caches;
  if (scope != CacheScope::kInputs) {
    caches.push_back(ToProto(v1::CACHE_SCOPE_ACTIVATIONS, statistics.activations));
  }
  if (scope != CacheScope::kActivations) {
    caches.push_back(ToProto(v1::CACHE_SCOPE_INPUTS, statistics.inputs));
  }
  return caches;
}

}  // namespace deepvision
