import { ownStacks } from "../support/environments";

/** For reviewers: what a change does to each stack. What is right is said by the other tests. */
test.each(["dev-networking", "dev-sessions", "dev-instances", "recipe-networking", "recipe-instances"])(
  "%s",
  (name) => {
    const stack = ownStacks()[name]?.json;
    // Rises with every provider release, and means nothing here.
    delete stack?.terraform.required_providers.aws.version;
    expect(
      JSON.parse(JSON.stringify(stack, (key, value) => (key === "//" ? undefined : value))),
    ).toMatchSnapshot();
  },
);
