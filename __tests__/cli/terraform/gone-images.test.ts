import { goneImages, refuseIrreplaceable, withoutImages } from "../../../cli/terraform/gone-images";
import { parseState } from "../../../cli/terraform/state";
import { plainStack } from "../../support/plain-stack";

const [GONE, OTHER] = ["ami-0123456789abcdef0", "ami-0fedcba9876543210"];

/** What Terraform says of look-ups and resources that have failed. */
const failed = (...addresses: string[]) => ({
  status: 1,
  stdout: addresses
    .map((address) =>
      JSON.stringify({
        "@message": "Error: Your query returned no results.",
        diagnostic: { severity: "error", summary: "Your query returned no results.", detail: "", address },
      }),
    )
    .join("\n"),
  stderr: "",
});

/** A stack whose instances, by name, are to boot from these images. */
const wanting = (images: Readonly<Record<string, string>>, moved: Readonly<Record<string, string>> = {}) => ({
  ...plainStack("dev-instances", ".", "eu-central-1"),
  moved,
  resources: Object.entries(images).map(([name, ami]) => ({ type: "aws_instance", name, config: { ami } })),
});

const running = (images: Readonly<Record<string, string>>) =>
  parseState(
    JSON.stringify({
      resources: Object.entries(images).map(([name, ami]) => ({
        mode: "managed",
        type: "aws_instance",
        name,
        instances: [{ attributes: { ami } }],
      })),
    }),
  );

const lookup = (image: string): string => `data.aws_ami.image_${image}[0]`;

test("an image that is gone is done without where all that is named after it runs from it", () => {
  const found = goneImages(wanting({ web: GONE, db: OTHER }), running({ web: GONE }), failed(lookup(GONE)));
  expect(found).toEqual(new Map([["aws_instance.web", GONE]]));
  expect(withoutImages(found as NonNullable<typeof found>)).toBe(`-var=gone_images=["${GONE}"]`);
});

test("what a parameter holds may be gone too, whatever an instance was made from", () => {
  const web = "${data.aws_ssm_parameter.ami_golden_1a2b.insecure_value}";
  const result = failed(lookup("golden_1a2b"));
  expect(goneImages(wanting({ web }), running({ web: OTHER }), result)).toEqual(
    new Map([["aws_instance.web", "golden_1a2b"]]),
  );
  expect(goneImages(wanting({ web, more: web }), running({ web: OTHER }), result)).toBeUndefined();
});

test("an instance that is renamed at once runs from it too", () => {
  const stack = wanting({ front: GONE }, { "aws_instance.web": "aws_instance.front" });
  expect(goneImages(stack, running({ web: GONE }), failed(lookup(GONE)))?.get("aws_instance.front")).toBe(
    GONE,
  );
});

test.each([
  ["an instance is to be made from it", { web: GONE, more: GONE }, { web: GONE }, failed(lookup(GONE))],
  ["one runs from an earlier image", { web: GONE }, { web: OTHER }, failed(lookup(GONE))],
  ["nothing is deployed", { web: GONE }, {}, failed(lookup(GONE))],
  [
    "a parameter names it",
    { web: "${data.aws_ssm_parameter.x}" },
    { web: GONE },
    failed(lookup("golden_1a2b")),
  ],
  ["something else is wrong", { web: GONE }, { web: GONE }, failed(lookup(GONE), "aws_instance.web")],
  ["it is not looked for", { web: GONE }, { web: GONE }, failed("data.aws_kms_key.key_1a2b")],
])("the plan stays refused where %s", (_, wanted, there, result) => {
  expect(goneImages(wanting(wanted), running(there), result)).toBeUndefined();
});

test("an instance whose image is gone is never replaced", () => {
  const gone = new Map([["aws_instance.web", GONE]]);
  const loss = (address: string, how: "replaced" | "destroyed") => ({
    address,
    how,
    goes: "its disk goes",
    cause: "instances.web.zone",
  });
  expect(() =>
    refuseIrreplaceable(gone, [loss("aws_instance.db", "replaced"), loss("aws_instance.web", "destroyed")]),
  ).not.toThrow();
  expect(() => refuseIrreplaceable(gone, [loss("aws_instance.web", "replaced")])).toThrow(
    /^aws_instance\.web would be replaced \(instances\.web\.zone\), and its image ami-0123456789abcdef0 is gone, /,
  );
});
