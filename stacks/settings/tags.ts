import { z } from "zod";
import { problem } from "../../modules/facts/refusal";
import { tagKeyProblem, tagValueProblem, twinKey } from "../../modules/facts/tags";
import { onceGood, refusal } from "./section";

/** Tags: keys and values that AWS accepts, no two keys alike but for their case. */
export function tagSettings() {
  return z
    .record(
      z.string(),
      z.string(refusal("a text", "write tag values in quotes")),
      refusal("a map of texts", 'write { Team: "data" }'),
    )
    .superRefine((tags, context) => {
      for (const [key, value] of Object.entries(tags)) {
        const keyMessage = tagKeyProblem(key);
        if (keyMessage !== undefined) {
          context.addIssue({ code: "custom", path: [key], message: keyMessage, params: { given: key } });
        }
        const valueMessage = typeof value === "string" ? tagValueProblem(value) : undefined;
        if (valueMessage !== undefined) {
          context.addIssue({ code: "custom", path: [key], message: valueMessage });
        }
      }
      const twin = twinKey(Object.keys(tags));
      if (twin !== undefined) {
        const message = problem(
          "keys that differ in more than case, as IAM ignores it",
          "keep one of the two",
        );
        context.addIssue({ code: "custom", path: [twin], message, params: { given: twin } });
      }
    }, onceGood());
}
