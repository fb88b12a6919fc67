#!/bin/sh
# Writes openssl.json: OCSP requests and responses as `openssl ocsp` makes them, CRLs as `openssl ca` does.
# Run: sh generate.sh > openssl.json     (OpenSSL 3)
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat > ca.cnf <<'CNF'
[ca]
default_ca = main
[main]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
default_days = 20000
default_crl_days = 20000
policy = any
unique_subject = no
[any]
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
authorityInfoAccess = OCSP;URI:http://ocsp.example.com
crlDistributionPoints = URI:http://crl.example.com/ca.crl
[ocsp]
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[crl]
authorityKeyIdentifier = keyid
[crl_fresh]
authorityKeyIdentifier = keyid
freshestCRL = URI:http://crl.example.com/delta.crl
[crl_point]
issuingDistributionPoint = critical, @point
[point]
fullname = URI:http://crl.example.com/ca.crl
onlyuser = TRUE
[crl_delta]
authorityKeyIdentifier = keyid
2.5.29.27 = critical, ASN1:INTEGER:1
CNF

: > index.txt
echo 1000 > serial
echo 01 > crlnumber
openssl ecparam -name prime256v1 -genkey -noout > ca.key
openssl req -new -key ca.key -subj '/CN=Test CA' > ca.csr
openssl x509 -req -in ca.csr -signkey ca.key -sha256 -days 20000 -extfile ca.cnf -extensions root > ca.pem 2> /dev/null
issued() { # name, extensions, key algorithm
  case $3 in
    rsa) openssl genrsa 2048 > "$1.key" 2> /dev/null ;;
    *) openssl ecparam -name "$3" -genkey -noout > "$1.key" ;;
  esac
  openssl req -new -key "$1.key" -subj "/CN=$1" > "$1.csr"
  openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -extensions "$2" -in "$1.csr" -out "$1.pem" -notext 2> /dev/null
}
for name in good compromised held misused; do issued $name leaf prime256v1; done
issued responder ocsp prime256v1
issued rsa-responder ocsp rsa
revoke() { openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key -revoke "$@" 2> /dev/null; }
crl() { # file, extensions
  openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key -gencrl -crlexts "$2" 2> /dev/null | openssl crl -outform DER > "$1.crl"
}
crl empty crl
revoke compromised.pem -crl_reason keyCompromise
revoke held.pem -crl_hold holdInstructionNone
revoke misused.pem -crl_compromise 20300101000000Z
crl full crl
crl fresh crl_fresh
crl point crl_point
crl delta crl_delta
openssl ecparam -name prime256v1 -genkey -noout > foreign.key
openssl req -new -key foreign.key -subj '/CN=foreign' > foreign.csr
openssl x509 -req -in foreign.csr -CA ca.pem -CAkey ca.key -set_serial 99 -days 20000 -sha256 -extfile ca.cnf -extensions leaf > foreign.pem 2> /dev/null

der() { openssl x509 -in "$1.pem" -outform DER | base64 -w0; }
responses=''
response() { # name, certificate, responder, then arguments of the responder
  name=$1 certificate=$2 responder=$3
  shift 3
  openssl ocsp -issuer ca.pem -cert "$certificate.pem" -no_nonce -reqout request
  openssl ocsp -index index.txt -CA ca.pem -rsigner "$responder.pem" -rkey "$responder.key" -ndays 20000 -reqin request -respout response "$@" > /dev/null 2>&1
  responses="$responses${responses:+,
}    { \"name\": \"$name\", \"certificate\": \"$certificate\", \"request\": \"$(base64 -w0 request)\", \"response\": \"$(base64 -w0 response)\" }"
}
response 'good, signed by a delegate' good responder
response 'good, named by key' good responder -resp_key_id
response 'good, signed by the CA, itself along' good ca
response 'good, signed by the CA alone' good ca -resp_no_certs
response 'good, RSA with SHA-384' good rsa-responder -rmd sha384
response 'revoked for key compromise' compromised responder
response 'revoked on hold' held responder
response 'unknown' foreign responder

echo '{'
echo "  \"source\": \"generate.sh with $(openssl version | cut -d' ' -f1,2)\","
echo '  "certificates": {'
for name in ca good compromised held misused; do echo "    \"$name\": \"$(der $name)\","; done
echo "    \"foreign\": \"$(der foreign)\""
echo '  },'
echo '  "crls": {'
for name in empty full fresh point; do echo "    \"$name\": \"$(base64 -w0 $name.crl)\","; done
echo "    \"delta\": \"$(base64 -w0 delta.crl)\""
echo '  },'
echo '  "responses": ['
echo "$responses"
echo '  ]'
echo '}'
