import { AwsProvider, type AwsProviderConfig } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack, Token } from "cdktf";
import { providerPlace } from "../../../modules/private/provider-place";

const placeBeside = (...providers: readonly AwsProviderConfig[]) => {
  const stack = new TerraformStack(new App(), "stack");
  providers.forEach((config, index) => new AwsProvider(stack, `aws-${index}`, config));
  return providerPlace(stack);
};

test("is where the provider says that it works", () => {
  expect(placeBeside({ region: "eu-central-1", allowedAccountIds: ["111122223333"] })).toEqual({
    region: "eu-central-1",
    accounts: { ids: ["111122223333"], whose: "which the provider's allowedAccountIds has" },
  });
});

test("a provider with an alias is another one, wherever it stands", () => {
  const other = { alias: "certificates", region: "us-east-1", allowedAccountIds: ["444455556666"] };
  const place = { region: "eu-central-1", accounts: undefined };
  expect(placeBeside(other, { region: "eu-central-1" })).toEqual(place);
  expect(placeBeside({ region: "eu-central-1" }, other)).toEqual(place);
  expect(placeBeside(other)).toEqual({ region: undefined, accounts: undefined });
});

test("is not known where it is left to the environment, or to Terraform", () => {
  const nowhere = { region: undefined, accounts: undefined };
  const [region, id] = [Token.asString({ resolve: () => "" }), Token.asString({ resolve: () => "" })];
  expect(placeBeside()).toEqual(nowhere);
  expect(placeBeside({})).toEqual(nowhere);
  expect(placeBeside({ region, allowedAccountIds: [id] })).toEqual(nowhere);
});
