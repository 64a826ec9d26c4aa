#include "server/auth/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/auth/read_file.h"

namespace deepvision {
namespace {

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using CertificatePtr = std::unique_ptr<X509, Deleter>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter>;

std::unique_ptr<BIO, Deleter> Reader(const std::string& text) {
  return std::unique_ptr<BIO, Deleter>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A server has nobody whom it could ask.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

absl::Status CheckValidity(const FlagFile& file, const X509& certificate, absl::Time now) {
  const absl::Time first = ToTime(X509_get0_notBefore(&certificate));
  const absl::Time last = ToTime(X509_get0_notAfter(&certificate));
  if (now > last) {
    return FlagFileError(
        file, absl::StrCat("the certificate expired on ", FormatUtc(last), "; renew it"));
  }
  if (now >= first) return absl::OkStatus();
  return FlagFileError(file, absl::StrCat("the certificate is valid only from ", FormatUtc(first),
                                          "; check this machine's clock"));
}

// The first certificate of `text`, whose validity is checked.
absl::StatusOr<CertificatePtr> ReadCertificate(const FlagFile& file, const std::string& text,
                                               absl::Time now) {
  CertificatePtr certificate(PEM_read_bio_X509(Reader(text).get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) {
    return FlagFileError(file,
                         "holds no certificate; it must be PEM (-----BEGIN CERTIFICATE-----)");
  }
  DV_RETURN_IF_ERROR(CheckValidity(file, *certificate, now));
  return certificate;
}

absl::Status CheckKey(const FlagFile& file, const std::string& text, const X509& certificate) {
  const KeyPtr key(PEM_read_bio_PrivateKey(Reader(text).get(), nullptr, NoPassphrase, nullptr));
  const bool matches = key != nullptr && X509_check_private_key(&certificate, key.get()) == 1;
  ERR_clear_error();
  if (matches) return absl::OkStatus();
  if (key != nullptr) {
    return FlagFileError(file, "is not the key of the certificate in --tls_cert; name the pair");
  }
  return FlagFileError(
      file, "holds no private key that can be read; it must be PEM without a passphrase");
}

}  // namespace

absl::StatusOr<TlsMaterial> LoadTls(const TlsPaths& paths, absl::Time now) {
  const FlagFile certificate_file{"tls_cert", paths.certificate};
  const FlagFile key_file{"tls_key", paths.key};
  const FlagFile ca_file{"tls_client_ca", paths.client_ca};
  TlsMaterial out;
  DV_ASSIGN_OR_RETURN(out.certificate, ReadFlagFile(certificate_file));
  DV_ASSIGN_OR_RETURN(out.key, ReadFlagFile(key_file));
  DV_ASSIGN_OR_RETURN(const CertificatePtr certificate,
                      ReadCertificate(certificate_file, out.certificate, now));
  DV_RETURN_IF_ERROR(CheckKey(key_file, out.key, *certificate));
  out.not_after = ToTime(X509_get0_notAfter(certificate.get()));
  if (paths.client_ca.empty()) return out;
  DV_ASSIGN_OR_RETURN(out.client_ca, ReadFlagFile(ca_file));
  DV_RETURN_IF_ERROR(ReadCertificate(ca_file, out.client_ca, now).status());
  return out;
}

}  // namespace deepvision
