// notation signs through a proxy: the plugin's client certificate goes end to end through its tunnel.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { describePeers } from '../support/peers.ts'
import { type RunningProxy, startProxy } from '../support/proxy.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

/** A name that no name server knows: only the proxy reaches it. */
const HOST = 'stm.example.invalid'

describePeers('notation behind a proxy', ['notation'], ({ notation: binary }) => {
  let cli: CommandLine
  let proxy: RunningProxy
  let port: number

  beforeAll(async () => {
    cli = await openCommandLine(binary, { san: [HOST], profile: 'tls-refusal' })
    port = Number(new URL(cli.stm.emulator.url).port)
    const target = { host: '127.0.0.1', port }
    proxy = await startProxy({ target, credentials: 'robot:planted-password' })
  })
  afterAll(async () => {
    await proxy.close()
    await cli.close()
  })

  it('notation verifies what is signed over mTLS through an authenticating CONNECT proxy', async () => {
    const { image, signed } = await sign('robot:planted-password')
    expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${HOST}:${port}`]))
    expect(await cli.verify(image)).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('notation tells of a proxy that refuses the password, without the password', async () => {
    const { signed } = await sign('robot:planted-other')
    expect(signed.exitCode).toBe(1)
    expect(signed.stderr).toContain('407')
    expect(signed.stderr).toContain('HTTPS_PROXY')
    expect(signed.stderr).not.toContain('planted-')
  })

  function sign(user: string) {
    const environment = {
      SM_HOST: `https://${HOST}:${port}`,
      HTTPS_PROXY: `http://${user}@${proxy.address}`,
    }
    return cli.sign({ keyId: 'ec-p256', environment })
  }
})
