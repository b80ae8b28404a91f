// How many decisions iam-simulate makes in a second: `node tests/oracles/bench.mjs`, after `tests/oracles/run` has installed it.
//
// One KMS request through five layers: identity policy, permissions boundary, session policy, service control policies of
// two levels, key policy. The policies are loaded once; the core's `authorize` is what is counted.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engine } from './engine.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const { authorize, AwsRequestImpl, RequestContextImpl, DiscoveryContextKeyConstraints, loadPolicy } =
  await engine(process.argv[2] ?? join(here, '../../target/oracles/node'))

const account = '111122223333'
const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const policy = (name, ...statements) => loadPolicy({ Version: '2012-10-17', Statement: statements }, { name })
const everything = { Effect: 'Allow', Action: '*', Resource: '*' }

const identityPolicies = [
  policy('identity', {
    Effect: 'Allow',
    Action: ['kms:Encrypt', 'kms:Decrypt'],
    Resource: `arn:aws:kms:*:${account}:key/*`,
    Condition: { StringEquals: { 'kms:EncryptionContext:app': 'ekm' } },
  }),
]
const permissionBoundaries = [
  policy('boundary', { Effect: 'Allow', Action: 'kms:*', Resource: '*' }, { Effect: 'Deny', Action: 'kms:ScheduleKeyDeletion', Resource: '*' }),
]
const sessionPolicy = policy('session', { Effect: 'Allow', Action: 'kms:*crypt', Resource: key })
const serviceControlPolicies = [
  { orgIdentifier: 'root', policies: [policy('root', everything)] },
  {
    orgIdentifier: 'unit',
    policies: [
      policy('unit', everything, {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-abc' } },
      }),
    ],
  },
]
const resourcePolicy = policy(
  'key',
  { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
  { Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*', Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } },
)
const context = new RequestContextImpl({
  'aws:PrincipalArn': `arn:aws:iam::${account}:role/app`,
  'aws:PrincipalAccount': account,
  'aws:PrincipalOrgID': 'o-abc',
  'aws:SourceIp': '203.0.113.7',
  'kms:CallerAccount': account,
  'kms:EncryptionContext:app': 'ekm',
})
const simulationParameters = { simulationMode: 'Strict', discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]) }

const decide = () =>
  authorize({
    request: new AwsRequestImpl(`arn:aws:sts::${account}:assumed-role/app/s1`, { resource: key, accountId: account }, 'kms:Encrypt', context, false),
    sessionPolicy,
    identityPolicies,
    serviceControlPolicies,
    resourceControlPolicies: [],
    resourcePolicy,
    permissionBoundaries,
    vpcEndpointPolicies: undefined,
    simulationParameters,
    serviceSettings: {},
  }).result

if (decide() !== 'Allowed') {
  console.error('error: the request is not allowed, so this would measure something else')
  process.exit(1)
}
// Until the compiler has settled.
for (let warm = 0; warm < 5000; warm++) decide()
const decisions = 50_000
const start = process.hrtime.bigint()
for (let made = 0; made < decisions; made++) decide()
const seconds = Number(process.hrtime.bigint() - start) / 1e9
console.log(`iam-simulate: ${Math.round(decisions / seconds)} decisions/s`)
