import { Command } from "commander";
import { type SynthesizedResource, byEnvironment, readSynthesized } from "../assembly/stacks";
import { plural, print } from "../terminal/output";

/** What no environment has, and how it would show in the JSON. */
const NEVER: Readonly<Record<string, (resource: SynthesizedResource) => boolean>> = {
  "internet or NAT gateway": ({ type }) =>
    ["aws_internet_gateway", "aws_egress_only_internet_gateway", "aws_nat_gateway"].includes(type),
  "public address": ({ type, config }) =>
    type === "aws_eip" ||
    config.map_public_ip_on_launch === true ||
    config.associate_public_ip_address === true,
  "inbound rule on an instance": ({ type, config }) =>
    type === "aws_vpc_security_group_ingress_rule" &&
    !JSON.stringify(config).includes("aws_security_group.endpoints."),
  "SSH key pair": ({ type, config }) => type === "aws_key_pair" || config.key_name !== undefined,
  "unencrypted volume": ({ type, config }) =>
    type === "aws_instance" &&
    (config.root_block_device as { encrypted?: unknown } | undefined)?.encrypted !== true,
  "metadata without a token": ({ type, config }) =>
    type === "aws_instance" &&
    (config.metadata_options as { http_tokens?: unknown } | undefined)?.http_tokens !== "required",
};

/** `npm start`, once everything is written: what that is. */
export const summary = new Command()
  .description("Tells what was synthesized: per environment the stacks, what they create and what never is")
  .action(() => print(summarize()));

/** Tells what was synthesized: per environment the stacks in deploy order, what they create and what never is. */
export function summarize(folder?: string): string {
  return [...byEnvironment(readSynthesized(folder))]
    .map(([environment, stacks]) => {
      const resources = stacks.flatMap((stack) => stack.resources);
      const lines = [`${environment} (${stacks[0]?.region})`];
      stacks.forEach((stack, index) => {
        lines.push(`  ${index + 1}. ${stack.name}: ${plural(stack.resources.length, "resource")}`);
        lines.push(
          ...countByType(stack.resources).map(([type, count]) => `     ${String(count).padStart(3)} ${type}`),
        );
      });
      const found = Object.entries(NEVER).filter(([, matches]) => resources.some(matches));
      const never = Object.keys(NEVER).filter((name) => !found.some(([other]) => other === name));
      lines.push(`  never: ${never.join(", ")}`);
      lines.push(
        ...found.map(([name, matches]) => `  found: ${name}: ${addresses(resources.filter(matches))}`),
      );
      const silenced = stacks.flatMap((stack) => stack.silenced);
      lines.push(...silenced.map(({ path, rule, reason }) => `  silenced: ${rule} for ${path}: ${reason}`));
      lines.push(
        ...stacks.flatMap(({ assumptions }) => assumptions).map((assumed) => `  assumes: ${assumed}`),
      );
      lines.push(`  next:  npm run deploy -- ${environment}`);
      return lines.join("\n");
    })
    .join("\n\n");
}

function countByType(resources: readonly SynthesizedResource[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { type } of resources) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => one.localeCompare(other, "en"));
}

function addresses(resources: readonly SynthesizedResource[]): string {
  return resources.map(({ type, name }) => `${type}.${name}`).join(", ");
}
