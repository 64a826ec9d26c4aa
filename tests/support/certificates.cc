#include "tests/support/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

Key MakeKey() { return Key(EVP_EC_gen("P-256"), EVP_PKEY_free); }

template <typename Write>
std::string ToPem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(write(bio.get()) == 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

TestPair ToPair(const Certificate& certificate, const Key& key) {
  return {ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }),
          ToPem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

void SetName(X509_NAME* to, const std::string& name) {
  X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate MakeCertificate(const std::string& subject, const std::string& issuer, const Key& key) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), absl::GetCurrentTimeNanos());
  SetName(X509_get_subject_name(certificate.get()), subject);
  SetName(X509_get_issuer_name(certificate.get()), issuer);
  X509_set_pubkey(certificate.get(), key.get());
  return certificate;
}

void SetValidity(X509* certificate, absl::Duration from, absl::Duration to) {
  X509_gmtime_adj(X509_getm_notBefore(certificate), absl::ToInt64Seconds(from));
  X509_gmtime_adj(X509_getm_notAfter(certificate), absl::ToInt64Seconds(to));
}

}  // namespace

TestAuthority::TestAuthority(const std::string& name) : name_(name), key_(MakeKey()) {
  const Certificate own = MakeCertificate(name, name, key_);
  SetValidity(own.get(), -absl::Hours(24), absl::Hours(24));
  AddExtension(own.get(), NID_basic_constraints, "critical,CA:TRUE");
  REQUIRE(X509_sign(own.get(), key_.get(), EVP_sha256()) > 0);
  pair_ = ToPair(own, key_);
}

TestPair TestAuthority::Issue(const std::string& name, absl::Duration from,
                              absl::Duration to) const {
  const Key key = MakeKey();
  const Certificate issued = MakeCertificate(name, name_, key);
  SetValidity(issued.get(), from, to);
  AddExtension(issued.get(), NID_subject_alt_name, absl::StrCat("DNS:", name));
  REQUIRE(X509_sign(issued.get(), key_.get(), EVP_sha256()) > 0);
  return ToPair(issued, key);
}

}  // namespace deepvision
