// Asks iam-simulate. A case a line in, `{"decision": …}` or `{"error": …}` a line out.
//
// The core's `authorize` is asked, not `runSimulation`: that one drops kms:EncryptionContext:<key> from the context and
// checks policies against rules of its own. Strict mode: nothing is assumed of context keys.
import { createInterface } from 'node:readline'
import { engine } from './engine.mjs'

const { authorize, AwsRequestImpl, RequestContextImpl, DiscoveryContextKeyConstraints, loadPolicy } =
  await engine(process.argv[2])

const simulationParameters = {
  simulationMode: 'Strict',
  discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
}
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
// RCPFullAWSAccess is attached everywhere and can't be detached.
const rcpFullAccess = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
}
const decisions = { Allowed: 'allowed', ExplicitlyDenied: 'explicitly_denied', ImplicitlyDenied: 'implicitly_denied' }

const policy = (named) => loadPolicy(named.policy, { name: named.name })
const level = (policies, number, always) => ({
  orgIdentifier: `level-${number}`,
  policies: [...always.map((document) => loadPolicy(document, { name: 'always' })), ...policies.map(policy)],
})

function decide(simulated, context) {
  const { request } = simulated
  const result = authorize({
    request: new AwsRequestImpl(
      request.principal,
      { resource: request.resource, accountId: request.resource_account },
      request.action,
      new RequestContextImpl(context),
      request.resource === '*',
    ),
    sessionPolicy: simulated.session_policy ? policy(simulated.session_policy) : undefined,
    identityPolicies: simulated.identity_policies ? simulated.identity_policies.map(policy) : [loadPolicy(everything, { name: 'everything' })],
    serviceControlPolicies: (simulated.service_control_policies ?? []).map((policies, number) => level(policies, number, [])),
    resourceControlPolicies: (simulated.resource_control_policies ?? []).map((policies, number) => level(policies, number, [rcpFullAccess])),
    resourcePolicy: simulated.resource_policy ? policy(simulated.resource_policy) : undefined,
    permissionBoundaries: simulated.permissions_boundary ? [policy(simulated.permissions_boundary)] : undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters,
    serviceSettings: {},
  })
  return decisions[result.result]
}

for await (const line of createInterface({ input: process.stdin })) {
  const { case: simulated, context } = JSON.parse(line)
  let answer
  try {
    answer = { decision: decide(simulated, context) }
  } catch (error) {
    answer = { error: String(error.message) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
