// The core of iam-simulate, from where `tests/oracles/run` has installed it.
import { pathToFileURL } from 'node:url'
import { join, resolve } from 'node:path'

export async function engine(directory) {
  const modules = join(resolve(directory), 'node_modules', '@cloud-copilot')
  const load = (path) => import(pathToFileURL(join(modules, path)).href)
  const { authorize } = await load('iam-simulate/dist/esm/core_engine/CoreSimulatorEngine.js')
  const { AwsRequestImpl } = await load('iam-simulate/dist/esm/request/request.js')
  const { RequestContextImpl } = await load('iam-simulate/dist/esm/requestContext.js')
  const { DiscoveryContextKeyConstraints } = await load('iam-simulate/dist/esm/context_keys/discoveryContextKeyConstraints.js')
  const { loadPolicy } = await load('iam-policy/dist/esm/index.js')
  return { authorize, AwsRequestImpl, RequestContextImpl, DiscoveryContextKeyConstraints, loadPolicy }
}
