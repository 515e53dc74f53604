import { inState, readState } from "./states";
import { type SynthesizedStack, addressOf } from "./synthesized";

/** Addresses of the resources that Terraform refuses to destroy. */
export function retainedBy({ resources }: SynthesizedStack): string[] {
  return resources
    .filter(({ config }) => (config.lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy)
    .map(addressOf);
}

/**
 * Why an environment cannot be destroyed yet, a line for each stack: Terraform refuses what is retained only when it comes to
 * it, with other stacks gone, and what it should forget it destroys where no deploy has made it forget.
 *
 * @throws where a state cannot be read.
 */
export async function destroyRefusals(stacks: readonly SynthesizedStack[]): Promise<string[]> {
  const concerned = stacks.filter((stack) => retainedBy(stack).length + stack.removed.length > 0);
  const lines = await Promise.all(
    concerned.map(async (stack) => {
      const { name, environment } = stack;
      const state = await readState(stack);
      const forgotten = inState(state, stack.removed);
      if (inState(state, retainedBy(stack)).length > 0) {
        return [
          `${name} keeps its recordings, so it cannot be destroyed: set sessions: false and deploy ${environment}, which leaves ` +
            'log group, key and bucket in AWS, then destroy; or set recordings: "delete", deploy, then destroy, which deletes them too',
        ];
      }
      return forgotten.length === 0
        ? []
        : [
            `${name} would be destroyed with what is to stay in AWS (${forgotten.join(", ")}): deploy ${environment} first, which ` +
              "has Terraform forget it, then destroy",
          ];
    }),
  );
  return lines.flat();
}
