import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ISOLATION, REACHABILITY, type Rule } from "../modules/rules";

/** The page that lists every rule. `npm run docs` writes it, and a test compares it. */
export function rulesPage(): string {
  return `<!-- npm run docs writes this from modules/rules: see docs/rules-page.ts. -->

# Rules

In an environment that synthesizes, every instance can be reached through Systems Manager, and by nothing else. The rules
judge the Terraform JSON of all stacks that belong together, overrides and aspects included, before anything is written.
They apply to this project's stacks and constructs and to whatever attaches to them: a security group rule, an endpoint
policy or an instance that other code puts beside them. The rest of an app is its own business.

What the JSON does not show (variables, modules, ids of things made elsewhere) breaks no rule. Where Terraform can find
it out, conditions check it at plan; see [existing networks](existing-network.md).

A message names the rule, the construct to mend, what was seen, which instances are affected, and what to do:

\`\`\`
private-dns: dev-networking/endpoints/ssm has private DNS off, so dev-instances/web would not be reached or recorded. Set private_dns_enabled to true.
\`\`\`

## What lets instances be reached

${table(REACHABILITY)}

## What keeps everything else out

${table(ISOLATION)}

## Where a rule must be broken

A rule can be silenced for one construct and what is below it, with a reason. The silence is kept in the stack's JSON
(\`//.metadata.silencedRules\`), and \`npm start\` prints it. A silence that is no longer needed is refused.

\`\`\`ts
silenceRule(bastion, "no-inbound", "the partner's scanner must reach port 8443 until March");
\`\`\`

## What no rule sees

- Instances of launch templates, Auto Scaling groups and Spot requests: only \`aws_instance\` is judged.
- What Terraform modules make: their resources are not in the JSON. A VPC, role, group or route table that is handed to a
  module counts as unknown.
- Links between stacks that read each other through a remote state not named after the stack: such stacks are judged apart.
- Conditions of policies: a statement that allows under a condition counts as allowing, one that denies under a
  condition does not count.
- Services that answer beyond the VPC are judged as far as the JSON shows the way: the instance's rule out, its routes, the VPC that
  holds the block, that VPC's endpoints, attachments, names and routes back. Route tables of a transit gateway, firewalls, and a hub of
  another app are not seen: \`npm run doctor\` lists [what to ask of its keeper](existing-network.md#what-the-keeper-of-a-hub-can-tell).
- Permissions boundaries, service control policies, and what is changed by hand.
- Network ACLs are judged for HTTPS to the endpoints and back, with IPv4. They open nothing by themselves, so a wide one
  breaks no rule.
`;
}

function table(rules: Readonly<Record<string, Rule>>): string {
  const rows = Object.entries(rules).map(([id, { reason, fix }]) => `| \`${id}\` | ${reason} | ${fix} |`);
  return ["| rule | why | what to do |", "| --- | --- | --- |", ...rows].join("\n");
}

if (require.main === module) {
  writeFileSync(join(__dirname, "rules.md"), rulesPage());
}
