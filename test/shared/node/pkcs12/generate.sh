#!/bin/sh
# Writes files.json: PKCS#12 files as OpenSSL 3.0 makes them, base64, all with the password "correct horse".
# The key is made for these tests and used nowhere else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
password='pass:correct horse'

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj '/O=Test/CN=Client CA' \
  -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/O=Test/CN=client' -keyout client.key -out client.csr 2>/dev/null
openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -days 36500 -out client.pem 2>/dev/null

export_pkcs12() { openssl pkcs12 -export -inkey client.key -in client.pem -passout "$password" "$@"; }
export_pkcs12 -out aes256.p12
export_pkcs12 -certfile ca.pem -out aes256WithCa.p12
export_pkcs12 -keypbe AES-128-CBC -certpbe AES-192-CBC -macalg sha384 -out aes128and192.p12
export_pkcs12 -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out sha1TripleDes.p12
export_pkcs12 -keypbe PBE-SHA1-3DES -certpbe NONE -out certificateInClear.p12
export_pkcs12 -keypbe NONE -certpbe NONE -nomac -out inClear.p12
export_pkcs12 -keypbe DES-EDE3-CBC -certpbe DES-EDE3-CBC -out pbes2TripleDes.p12
export_pkcs12 -legacy -out rc2.p12
export_pkcs12 -legacy -certpbe PBE-SHA1-RC4-128 -out rc4.p12
export_pkcs12 -keypbe CAMELLIA-256-CBC -certpbe CAMELLIA-256-CBC -out camellia.p12
openssl pkcs12 -export -nokeys -in client.pem -passout "$password" -out noKey.p12
openssl pkcs12 -export -nocerts -inkey client.key -passout "$password" -out noCertificate.p12
openssl x509 -in client.pem -outform DER -out certificate.der

{
  separator='{'
  for file in *.p12 certificate.der; do
    printf '%s\n  "%s": "%s"' "$separator" "${file%.*}" "$(base64 -w 0 "$file")"
    separator=','
  done
  printf '\n}\n'
} > "$here/files.json"
