// Certificates for tests, made when they are needed and never stored.
//
//   const TestAuthority authority("ours");
//   const TestPair server = authority.Issue("localhost");
//   const TestPair old = authority.Issue("localhost", -absl::Hours(2), -absl::Hours(1));
//
// Keys are on the curve P-256: making one takes less than a millisecond.
#ifndef DEEPVISION_TESTS_SUPPORT_CERTIFICATES_H_
#define DEEPVISION_TESTS_SUPPORT_CERTIFICATES_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace deepvision {

// PEM texts.
struct TestPair {
  std::string certificate;
  std::string key;
};

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);

  // PEM text of its own certificate.
  const std::string& certificate() const { return pair_.certificate; }

  // A pair for the host `name` (also as a client's), valid in [now + from, now + to].
  TestPair Issue(const std::string& name, absl::Duration from = -absl::Hours(1),
                 absl::Duration to = absl::Hours(1)) const;

 private:
  const std::string name_;
  std::shared_ptr<EVP_PKEY> key_;
  TestPair pair_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_CERTIFICATES_H_
