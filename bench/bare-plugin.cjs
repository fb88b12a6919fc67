// The least that a plugin in Node can do: the requests of describe-key and generate-signature, made with
// node:https as its documentation shows, and not one check. What the real plugin takes longer is the price
// of its checks.

const fs = require('node:fs')
const https = require('node:https')
const crypto = require('node:crypto')

const { env, argv } = process
const agent = new https.Agent({
  keepAlive: true,
  ca: fs.readFileSync(env.SM_CA_FILE),
  pfx: fs.readFileSync(env.SM_CLIENT_CERT_FILE),
  passphrase: env.SM_CLIENT_CERT_PASSWORD,
})
const HASHES = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' }
const NAMES = {
  'RSA-2048': 'SHA256WithRSA/PSS',
  'RSA-3072': 'SHA384WithRSA/PSS',
  'RSA-4096': 'SHA512WithRSA/PSS',
}

main(argv[2], JSON.parse(fs.readFileSync(0, 'utf8')))

async function main(command, { keyId, keySpec, hashAlgorithm, payload }) {
  const { items } = await exchange('GET', `/keypairs?alias=${encodeURIComponent(keyId)}&limit=100`)
  const [keypair] = items
  if (command === 'describe-key') {
    return answer({ keyId, keySpec: `${keypair.key_alg}-${keypair.key_size}` })
  }
  const hash = crypto
    .createHash(HASHES[hashAlgorithm])
    .update(Buffer.from(payload, 'base64'))
    .digest('base64')
  const { signature } = await exchange('POST', `/keypairs/${keypair.id}/sign`, {
    sig_alg: NAMES[keySpec],
    hash,
  })
  const [certificate] = keypair.certificates
  answer({
    keyId,
    signature,
    signingAlgorithm: `RSASSA-PSS-${hashAlgorithm}`,
    certificateChain: [certificate.cert, ...certificate.chain.map(({ blob }) => blob)],
  })
}

function exchange(method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = { 'x-api-key': env.SM_API_KEY, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    https
      .request(
        `${env.SM_HOST}/signingmanager/api/v1${path}`,
        { agent, method, headers },
        (response) => {
          let received = ''
          response.setEncoding('utf8')
          response.on('data', (part) => {
            received += part
          })
          response.on('end', () => resolve(JSON.parse(received)))
        },
      )
      .on('error', reject)
      .end(text)
  })
}

function answer(value) {
  fs.writeSync(1, JSON.stringify(value))
  agent.destroy()
}
