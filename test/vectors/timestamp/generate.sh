#!/bin/sh
# Writes openssl.json: timestamp tokens as `openssl ts` makes them, over the signature "notation".
# Run: sh generate.sh > openssl.json     (OpenSSL 3)
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf notation > signature

cat > ext.cnf <<'CNF'
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[tsa_ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = timeStamping
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
CNF

key() { # name, algorithm
  case $2 in
    rsa*) openssl genrsa "${2#rsa}" > "$1.key" 2> /dev/null ;;
    *) openssl ecparam -name "$2" -genkey -noout > "$1.key" ;;
  esac
}
self_signed() { # name
  openssl req -new -key "$1.key" -subj "/C=US/O=Test/CN=$1" > "$1.csr"
  openssl x509 -req -in "$1.csr" -signkey "$1.key" -sha256 -days 7300 -extfile ext.cnf -extensions ca > "$1.pem" 2> /dev/null
}
issued() { # file, key and subject, issuer, extensions, digest
  openssl req -new -key "$2.key" -subj "/C=US/O=Test/CN=$2" > "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial "-$5" -days 7300 -extfile ext.cnf -extensions "$4" > "$1.pem" 2> /dev/null
}

key root rsa2048; self_signed root
key old prime256v1; self_signed old
issued cross root old ca sha256
key ca secp384r1; issued ca ca root tsa_ca sha384
key rsa rsa2048; issued rsa rsa ca tsa sha384
key p256 prime256v1; issued p256 p256 ca tsa sha384
key p521 secp521r1; issued p521 p521 ca tsa sha384
cat ca.pem root.pem > with-root.pem
cat ca.pem cross.pem > with-cross.pem

cases=''
token() { # name, signer, chain file, imprint hash, lines of configuration, then arguments of the query
  name=$1 signer=$2 chain=$3 hash=$4 lines=$5
  shift 5
  cat > ts.cnf <<CNF
[tsa]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha384, sha512
ordering = yes
tsa_name = yes
ess_cert_id_alg = sha256
$lines
CNF
  echo 01 > serial
  openssl ts -query -data signature "-$hash" "$@" -out query 2> /dev/null
  openssl ts -reply -config ts.cnf -section tsa -queryfile query -inkey "$signer.key" -signer "$signer.pem" -chain "$chain" -out reply 2> /dev/null
  openssl ts -reply -config ts.cnf -section tsa -in reply -token_out -out token 2> /dev/null
  cases="$cases${cases:+,
}    { \"name\": \"$name\", \"response\": \"$(base64 -w0 reply)\", \"token\": \"$(base64 -w0 token)\" }"
}

token 'RSA signer, accuracy in three parts' rsa with-root.pem sha256 'accuracy = secs:1, millisecs:500, microsecs:100' -cert
token 'P-256 signer, SHA-512 imprint' p256 with-root.pem sha512 '' -cert
token 'P-521 signer with SHA-512, SHA-384 imprint' p521 with-root.pem sha384 'signer_digest = sha512' -cert
token 'baseline policy without accuracy' p256 with-root.pem sha256 'other_policies = 0.4.0.2023.1.1' -cert -tspolicy 0.4.0.2023.1.1
token 'whole chain in the signing certificate attribute' p256 with-root.pem sha256 'ess_cert_id_chain = yes' -cert
token 'certificate hash SHA-512' p256 with-root.pem sha256 'ess_cert_id_alg = sha512' -cert
token 'fraction of a second' p256 with-root.pem sha256 'clock_precision_digits = 6' -cert
token 'root left out' rsa ca.pem sha256 '' -cert
token 'cross-signed root' rsa with-cross.pem sha256 '' -cert
token 'no nonce' p256 ca.pem sha256 '' -cert -no_nonce
token 'SigningCertificate of version 1' p256 with-root.pem sha256 'ess_cert_id_alg = sha1' -cert
token 'SHA-1 imprint' p256 with-root.pem sha1 '' -cert
token 'no certificates' p256 with-root.pem sha256 ''

echo '{'
echo "  \"source\": \"generate.sh with $(openssl version | cut -d' ' -f1,2)\","
echo '  "signature": "notation",'
for name in root old cross; do
  echo "  \"$name\": \"$(openssl x509 -in $name.pem -outform DER | base64 -w0)\","
done
echo '  "cases": ['
echo "$cases"
echo '  ]'
echo '}'
