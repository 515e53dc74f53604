import { z } from "zod";
import { causeOf } from "./causes";
import { PLAN } from "./plan-changes";

/** Something that a plan replaces or destroys, and that holds what cannot be had again. */
export const LOSS = z.object({
  /** Address, such as `aws_instance.web`. */
  address: z.string(),
  /** What is done to it. */
  how: z.enum(["replaced", "destroyed"]),
  /** What goes with it. */
  goes: z.string(),
  /** Which setting has it done, with its values before and after; empty where that is not known. */
  cause: z.string(),
});

/** Something that a plan replaces or destroys, and that holds what cannot be had again. */
export type Loss = z.infer<typeof LOSS>;

/** The types that hold data, or people's access, and what goes with a resource of each. */
const HELD: Readonly<Record<string, string>> = {
  aws_vpc:
    "the whole network goes, which AWS refuses as long as an instance is in it: set it back and destroy, to deploy anew",
  aws_subnet: "AWS refuses that as long as an instance is in it: set it back and destroy, to deploy anew",
  aws_instance: "its disk goes",
  aws_kms_key: "what it has encrypted, recordings included, can be read no more",
  aws_cloudwatch_log_group: "its records go",
  aws_s3_bucket: "its objects go",
  aws_ssm_document: "sessions that people start with it are refused until it is there again",
};

/**
 * Reads what of a plan must be named before it is applied.
 *
 * @param json what `terraform show -json` tells of the plan
 * @param subnetsInUse ids of the subnets that have instances; undefined where that is not known, and any may
 */
export function readLosses(json: string, subnetsInUse: ReadonlySet<string> | undefined): Loss[] {
  const { resource_changes: resources } = PLAN.parse(JSON.parse(json));
  return resources.flatMap((resource) => {
    const { address, type, mode, change } = resource;
    const goes = HELD[type];
    if (mode !== "managed" || goes === undefined || !change.actions.includes("delete")) {
      return [];
    }
    if (type === "aws_subnet" && subnetsInUse?.has(String(change.before?.id)) === false) {
      return [];
    }
    const how = change.actions.includes("create") ? "replaced" : "destroyed";
    return [{ address, how, goes, cause: causeOf(resource, resources) } as const];
  });
}

/** A loss as a line. */
export function lossText({ address, how, goes, cause }: Loss): string {
  return `${address} is ${how}: ${goes}${cause === "" ? "" : ` (${cause})`}`;
}
