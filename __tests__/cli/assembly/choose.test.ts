import { chooseEnvironment, chooseInstance, environmentName, named } from "../../../cli/assembly/choose";
import { type SynthesizedEnvironment, readEnvironments } from "../../../cli/assembly/environments";
import { Failure } from "../../../cli/terminal/failure";
import { Workspace } from "../../support/cli";
import { MINIMAL } from "../../support/synth";

const TWO = { ...MINIMAL, instances: { web: {}, jobs: {} } };

let workspace: Workspace;
const interactive = process.stdin.isTTY;

beforeEach(() => {
  workspace = new Workspace();
  // Whoever runs the tests is not to be asked.
  process.stdin.isTTY = false;
});

afterEach(() => {
  workspace.remove();
  process.stdin.isTTY = interactive;
});

function environments(settings: ConstructorParameters<typeof Workspace>[0]): SynthesizedEnvironment[] {
  workspace.synthesize(settings ?? {});
  return readEnvironments(`${workspace.folder}/cdktf.out`);
}

describe("chooseEnvironment", () => {
  const chosen = async (all: SynthesizedEnvironment[], wanted?: string): Promise<string> =>
    (await chooseEnvironment(all, wanted)).name;

  test("takes the one that is named, and the only one", async () => {
    expect(await chosen(environments({ dev: MINIMAL, prod: MINIMAL }), "prod")).toBe("prod");
    expect(await chosen(environments({ dev: MINIMAL }))).toBe("dev");
  });

  test("takes the only one that is deployed", async () => {
    const all = environments({ dev: MINIMAL, prod: MINIMAL });
    workspace.deployed("prod-instances", {});
    expect(await chosen(all)).toBe("prod");
    workspace.deployed("dev-instances", {});
    await expect(chosen(all)).rejects.toThrow(
      "several environments, dev, prod: say which with --environment",
    );
  });

  test("one whose state is elsewhere may be deployed", async () => {
    const state = { backend: "s3", bucket: "states", region: "eu-central-1", prefix: "vpc" } as const;
    const all = environments({ dev: MINIMAL, prod: { ...MINIMAL, state } });
    expect(await chosen(all)).toBe("prod");
  });

  test("there may be none", async () => {
    await expect(chosen([])).rejects.toThrow("there is no environment in cdktf.out: run npm start first");
  });
});

test("an environment that is named in two ways is named alike", () => {
  expect(environmentName(undefined, undefined)).toBeUndefined();
  expect([environmentName("dev", undefined), environmentName(undefined, "dev")]).toEqual(["dev", "dev"]);
  expect(environmentName("dev", "dev")).toBe("dev");
  expect(() => environmentName("dev", "prod")).toThrow(
    "two environments, dev and --environment prod: give one",
  );
});

describe("chooseInstance", () => {
  const chosen = async (
    all: SynthesizedEnvironment[],
    wanted: { instance?: string; environment?: string } = {},
  ): Promise<string> => {
    const { environment, instance } = await chooseInstance(all, wanted);
    return `${environment.name} ${instance.name}`;
  };

  test("takes the only one", async () => {
    expect(await chosen(environments({ dev: MINIMAL }))).toBe("dev web");
  });

  test("a name that is in one environment alone needs no environment, deployed or not", async () => {
    const all = environments({ dev: TWO, prod: MINIMAL });
    workspace.deployed("prod-instances", {});
    expect(await chosen(all, { instance: "jobs" })).toBe("dev jobs");
    expect(await chosen(all, { instance: "web" })).toBe("prod web");
    expect(await chosen(all, { instance: "web", environment: "dev" })).toBe("dev web");
  });

  test.each<[{ instance?: string; environment?: string }, string]>([
    [{ instance: "we" }, "no instance we in dev, prod: there is jobs, web; did you mean web?"],
    [{ instance: "x" }, "no instance x in dev, prod: there is jobs, web"],
    [{ instance: "jobs", environment: "prod" }, "no instance jobs in prod: there is web"],
    [{ instance: "web" }, "several environments, dev, prod: say which with --environment"],
    [{ environment: "dev" }, "several instances, jobs, web: say which with <instance>"],
    [{ environment: "pord" }, "no environment pord in cdktf.out: there is dev, prod"],
    [{ environment: "prd" }, "no environment prd in cdktf.out: there is dev, prod; did you mean prod?"],
  ])("%j is refused", async (wanted, message) => {
    const all = environments({ dev: TWO, prod: MINIMAL });
    const refusal = await chosen(all, wanted).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Failure);
    expect((refusal as Failure).message).toBe(message);
  });

  test("a name that an instance had leads to the one it has, unless another has it", async () => {
    const all = environments({ dev: { ...MINIMAL, instances: { frontend: { renamedFrom: "web" } } } });
    await expect(chosen(all, { instance: "web" })).rejects.toThrow(
      new Failure("no instance web in dev: web is named frontend now"),
    );
    await expect(chosen(all, { instance: "web", environment: "dev" })).rejects.toThrow("frontend now");
    expect(await chosen(all, { instance: "frontend" })).toBe("dev frontend");
  });

  test("a name that one had, and that is another's in another environment, is that one's", async () => {
    const all = environments({
      dev: { ...MINIMAL, instances: { frontend: { renamedFrom: "web" } } },
      prod: MINIMAL,
    });
    expect(await chosen(all, { instance: "web" })).toBe("prod web");
  });
});

test("nothing of a kind is told as none", () => {
  expect(() => named([], "db", "forward target", "dev")).toThrow(
    "no forward target db in dev: there is none",
  );
});
