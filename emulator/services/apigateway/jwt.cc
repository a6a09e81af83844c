#include "emulator/services/apigateway/jwt.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <memory>

#include "emulator/base/encoding.h"

namespace millrace::apigateway {

namespace {

std::optional<std::string> from_base64url(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  plain.append((4 - plain.size() % 4) % 4, '=');
  return from_base64(plain);
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

BigNumber number_of(const Json& key, const char* member) {
  auto bytes = from_base64url(text_of(key, member));
  if (!bytes || bytes->empty()) return nullptr;
  return BigNumber(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes->data()), static_cast<int>(bytes->size()), nullptr));
}

/// The RSA key of a JWK; null if it isn't one.
PublicKey rsa_key(const Json& key) {
  BigNumber n = number_of(key, "n"), e = number_of(key, "e");
  if (!n || !e) return nullptr;
  std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) <= 0) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0) return nullptr;
  return PublicKey(made);
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm == "RS256") return EVP_sha256();
  if (algorithm == "RS384") return EVP_sha384();
  return algorithm == "RS512" ? EVP_sha512() : nullptr;
}

bool is_signed_by(const Token& token, const Json& key, const EVP_MD* digest) {
  PublicKey rsa = rsa_key(key);
  if (!rsa) return false;
  std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  if (EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, rsa.get()) <= 0) return false;
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(token.signature.data()),
                          token.signature.size(), reinterpret_cast<const unsigned char*>(token.signed_part.data()),
                          token.signed_part.size()) == 1;
}

bool is_signed(const Token& token, const Json& jwks, const EVP_MD* digest) {
  const Json* keys = find(jwks, "keys");
  if (!keys || !keys->is_array()) return false;
  const std::string wanted = text_of(token.header, "kid");
  return std::any_of(keys->begin(), keys->end(), [&](const Json& key) {
    return text_of(key, "kid") == wanted && is_signed_by(token, key, digest);
  });
}

bool is_for(const Token& token, const std::vector<std::string>& audience) {
  const auto wanted = [&](const Json& one) {
    return one.is_string() && std::find(audience.begin(), audience.end(), one.get<std::string>()) != audience.end();
  };
  const Json* claim = find(token.claims, "aud");
  if (!claim) claim = find(token.claims, "client_id");
  if (!claim) return false;
  return claim->is_array() ? std::any_of(claim->begin(), claim->end(), wanted) : wanted(*claim);
}

}  // namespace

std::optional<Token> parse_token(std::string_view text) {
  const size_t first = text.find('.');
  const size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  auto header = from_base64url(text.substr(0, first)),
       claims = from_base64url(text.substr(first + 1, second - first - 1)),
       signature = from_base64url(text.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  auto parsed_header = parse_json(*header), parsed_claims = parse_json(*claims);
  if (!parsed_header || !parsed_claims || !parsed_header->is_object() || !parsed_claims->is_object())
    return std::nullopt;
  return Token{std::move(*parsed_header), std::move(*parsed_claims), std::string(text.substr(0, second)),
               std::move(*signature)};
}

// unverified: the texts but for the audience's.
std::string problem_with(const Token& token, const std::string& issuer, const std::vector<std::string>& audience,
                         const Json& jwks, Millis now) {
  const std::string algorithm = text_of(token.header, "alg");
  const EVP_MD* digest = digest_of(algorithm);
  if (!digest) return "signing method " + algorithm + " is invalid";
  if (!jwks.is_null() && !is_signed(token, jwks, digest)) return "the token's signature is invalid";
  if (text_of(token.claims, "iss") != issuer) return "invalid issuer";
  if (!is_for(token, audience)) return "the token does not have a valid audience";
  const int64_t second = now / 1000;
  const Json* expiry = find(token.claims, "exp");
  if (!expiry || !expiry->is_number() || second >= expiry->get<double>()) return "the token has expired";
  for (const char* member : {"nbf", "iat"}) {
    const Json* from = find(token.claims, member);
    if (from && from->is_number() && second < from->get<double>()) return "the token is not valid yet";
  }
  return "";
}

bool signature_holds(const Token& token, const Json& jwks) {
  const EVP_MD* digest = digest_of(text_of(token.header, "alg"));
  return digest && is_signed(token, jwks, digest);
}

std::vector<std::string> scopes_of(const Token& token) {
  std::vector<std::string> out;
  for (const char* member : {"scope", "scp"}) {
    const Json* claim = find(token.claims, member);
    if (!claim) continue;
    if (claim->is_array()) {
      for (const Json& one : *claim) out.push_back(one.is_string() ? one.get<std::string>() : to_text(one));
      continue;
    }
    const std::string text = text_of(token.claims, member);
    for (size_t from = 0; from < text.size();) {
      const size_t end = std::min(text.find(' ', from), text.size());
      if (end > from) out.push_back(text.substr(from, end - from));
      from = end + 1;
    }
  }
  return out;
}

}  // namespace millrace::apigateway
